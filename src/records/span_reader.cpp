#include "records/span_reader.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "records/container.hpp"

namespace batchctl {

namespace {

Fatal input_changed(const Input& input, const std::string& how) {
  return {ExitCode::mismatch, "input_changed",
          fmt::format("{} is no longer what was submitted: {}", input.shown_path, how),
          "Put the submitted file back, or submit the new one under another name."};
}

}  // namespace

void SpanReader::open(const Span& span) {
  if (span.input < 0 || static_cast<std::size_t>(span.input) >= inputs_.size()) throw Bug("a span of no input");
  span_ = span;
  given_ = 0;
  try {
    if (open_input_ != span.input) {
      reader_ = std::make_unique<LineReader>(input().spool_path.empty() ? input().path : input().spool_path,
                                             input().shown_path);
      open_input_ = span.input;
      skips_blank_ = is_converted(input());
    }
    reader_->go_to(span.offset, span.bytes, span.first_line);
  } catch (const Fatal& failed) {
    throw input_changed(input(), failed.what());
  }
}

bool SpanReader::next(Line& line, std::int64_t& record) {
  if (!reader_) return false;
  bool found = false;
  try {
    do {
      found = reader_->next(line);
    } while (found && skips_blank_ && is_blank(line.text));
  } catch (const Fatal& failed) {
    throw input_changed(input(), failed.what());
  }
  if (found == (given_ == span_.records))
    throw input_changed(input(), fmt::format("line {} {}", span_.first_line + given_,
                                             found ? "begins earlier than planned" : "is no longer there"));
  if (!found) return false;
  record = span_.first_record + given_++;
  return true;
}

std::string_view SpanReader::raw_key(const Line& line) {
  static_cast<void>(parser_.parse(line.text, std::nullopt));
  return parser_.raw_user_key();
}

std::string_view SpanReader::raw_line_key(const Line& line) {
  static_cast<void>(parser_.parse(line.text, std::nullopt));
  return parser_.raw_line_key();
}

bool SpanReader::is_json(const Line& line) { return parser_.is_json(line.text); }

InputLine SpanReader::parse(const Line& line, LineFormat format) {
  auto parsed = parser_.parse(line.text, format);
  if (!parsed) throw changed(line, parsed.error());
  return parsed.value();
}

Fatal SpanReader::changed(const Line& line, const LineFault& fault) const {
  return input_changed(input(), fmt::format("line {}: {}", line.number, fault.what));
}

}  // namespace batchctl
