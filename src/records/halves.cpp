#include "records/halves.hpp"

#include <fmt/format.h>

#include <string>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "records/record_renderer.hpp"
#include "records/span_reader.hpp"

namespace batchctl {

namespace {

class Half {
 public:
  bool empty() const { return planned_.records == 0; }
  std::uint64_t bytes() const { return planned_.body_bytes; }
  std::int64_t estimate() const { return planned_.tokens; }

  void add(const Span& source, const Line& line, std::int64_t record, std::int64_t tokens, std::string_view wire_line) {
    if (empty()) planned_.first_record = record;
    if (open_ != &source) planned_.spans.push_back({record, 0, line.number, source.input, line.offset, 0});
    open_ = &source;
    Span& span = planned_.spans.back();
    ++span.records;
    span.bytes = line.offset + line.bytes - span.offset;
    ++planned_.records;
    planned_.tokens += tokens;
    planned_.body_bytes += wire_line.size();
    body_.update(wire_line);
  }

  PlannedChunk finish(std::int64_t tokens) {
    const Span& last = planned_.spans.back();
    planned_.unsent = last.first_record + last.records - planned_.first_record - planned_.records;
    planned_.body_sha256 = body_.hex();
    planned_.tokens = tokens;
    return std::move(planned_);
  }

 private:
  PlannedChunk planned_;
  Sha256 body_;
  const Span* open_ = nullptr;
};

}  // namespace

std::array<PlannedChunk, 2> cut_in_two(const Chunk& chunk, const std::vector<Span>& spans,
                                       const std::vector<Input>& inputs, const Settings& settings) {
  const auto format = format_in(settings);
  if (!format || chunk.records < 2) throw Bug("a chunk that cannot be cut in two");
  RecordRenderer renderer(settings, *format);
  SpanReader lines(inputs, settings);
  Half first, second;
  Sha256 whole;
  Line line;
  std::int64_t record = 0, seen = 0;
  std::string wire_line;
  for (const Span& span : spans) {
    lines.open(span);
    while (lines.next(line, record)) {
      const InputLine parsed = lines.parse(line, *format);
      wire_line.clear();
      if (auto wrong = renderer.append(wire_line, parsed, record)) throw lines.changed(line, *wrong);
      whole.update(wire_line);
      const bool is_last = ++seen == chunk.records;
      const bool fits = second.empty() && first.bytes() + wire_line.size() / 2 <= chunk.body_bytes / 2;
      Half& half = (first.empty() || fits) && !is_last ? first : second;
      half.add(span, line, record, renderer.tokens(parsed, lines.parser()), wire_line);
    }
  }
  if (whole.hex() != chunk.body_sha256)
    throw Fatal(ExitCode::mismatch, "input_changed",
                fmt::format("{} is no longer what was submitted (records {} to {})", lines.input().shown_path,
                            chunk.first_record, chunk.end_record() - 1),
                "Put the submitted file back, or submit the new one under another name.");
  const double part = static_cast<double>(first.estimate()) / static_cast<double>(first.estimate() + second.estimate());
  const auto tokens = static_cast<std::int64_t>(static_cast<double>(chunk.tokens) * part);
  return {first.finish(tokens), second.finish(chunk.tokens - tokens)};
}

}  // namespace batchctl
