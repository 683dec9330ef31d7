#include "records/repair_source.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "records/render.hpp"
#include "records/tokens.hpp"

namespace batchctl {

namespace {

LineFormat known_format(const Settings& settings) {
  const auto format = format_in(settings);
  if (!format) throw Bug("a repair of a format that is not known");
  return *format;
}

}  // namespace

RepairSource::RepairSource(std::vector<Input> inputs, const Settings& settings, const Overrides& overrides)
    : lines_(std::move(inputs), settings),
      as_sent_(settings, known_format(settings)),
      renderer_(settings_for(settings, overrides), known_format(settings)),
      overrides_(overrides),
      more_tokens_(estimate_tokens(overrides.system.value_or("")) + estimate_tokens(overrides.note.value_or(""))) {}

std::vector<FoundRecord> RepairSource::find(const std::vector<Span>& spans, const std::string& body_sha256,
                                            std::span<const std::int64_t> records) {
  std::vector<FoundRecord> found;
  found.reserve(records.size());
  Sha256 body;
  Line line;
  std::int64_t record = 0;
  for (const Span& span : spans) {
    lines_.open(span);
    while (lines_.next(line, record)) {
      const InputLine parsed = lines_.parse(line, as_sent_.format());
      wire_line_.clear();
      if (auto wrong = as_sent_.append(wire_line_, parsed, record)) throw lines_.changed(line, *wrong);
      body.update(wire_line_);
      if (found.size() == records.size() || records[found.size()] != record) continue;
      FoundRecord one;
      one.span = {record, 1, line.number, span.input, line.offset, line.bytes};
      wire_line_.clear();
      if (auto wrong = renderer_.append(wire_line_, parsed, record)) throw lines_.changed(line, *wrong);
      one.tokens = renderer_.tokens(parsed, lines_.parser()) + more_tokens_;
      one.bytes = wire_line_.size();
      if (!overrides_.change_nothing()) {
        overridden_.clear();
        overrides_.append(overridden_, wire_line_);
        one.bytes = overridden_.size();
      }
      found.push_back(one);
    }
  }
  if (found.size() != records.size()) throw Bug(fmt::format("record {} is none of its chunk", records[found.size()]));
  if (body.hex() != body_sha256)
    throw Fatal(ExitCode::mismatch, "input_changed",
                fmt::format("{} is no longer what was submitted", lines_.input().shown_path),
                "Put the submitted file back.");
  return found;
}

BodyFacts read_body(const std::vector<Span>& spans, const std::vector<Input>& inputs, const Settings& settings,
                    const Overrides& overrides) {
  const std::unique_ptr<ByteSource> source = open_body(spans, inputs, settings, overrides);
  BodyFacts facts;
  Sha256 hash;
  std::array<char, 1U << 16U> buffer;
  while (const std::size_t n = source->read(buffer)) {
    hash.update({buffer.data(), n});
    facts.bytes += n;
  }
  facts.sha256 = hash.hex();
  return facts;
}

void append_span(std::vector<Span>& spans, const Span& record) {
  if (!spans.empty()) {
    Span& last = spans.back();
    const bool follows = last.input == record.input && last.first_record + last.records == record.first_record &&
                         last.offset + last.bytes == record.offset &&
                         last.first_line + last.records == record.first_line;
    if (follows) {
      last.records += record.records;
      last.bytes += record.bytes;
      return;
    }
  }
  spans.push_back(record);
}

}  // namespace batchctl
