#include "records/halves.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "records/growing_chunk.hpp"
#include "records/record_renderer.hpp"
#include "records/span_reader.hpp"

namespace batchctl {

namespace {

struct Half {
  GrowingChunk chunk;
  Sha256 body;

  PlannedChunk finish(std::int64_t tokens) {
    PlannedChunk planned = chunk.finish();
    planned.body_sha256 = body.hex();
    planned.tokens = tokens;
    return planned;
  }
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
      const bool fits = second.chunk.empty() && first.chunk.bytes() + wire_line.size() / 2 <= chunk.body_bytes / 2;
      Half& half = (first.chunk.empty() || fits) && !is_last ? first : second;
      half.chunk.add(span.input, line, record, renderer.tokens(parsed, lines.parser()), wire_line.size());
      half.body.update(wire_line);
    }
  }
  if (whole.hex() != chunk.body_sha256)
    throw Fatal(ExitCode::mismatch, "input_changed",
                fmt::format("{} is no longer what was submitted (records {} to {})", lines.input().shown_path,
                            chunk.first_record, chunk.end_record() - 1),
                "Put the submitted file back, or submit the new one under another name.");
  const double counted = static_cast<double>(first.chunk.tokens() + second.chunk.tokens());
  const double part = static_cast<double>(first.chunk.tokens()) / counted;
  const auto before = static_cast<std::int64_t>(static_cast<double>(chunk.tokens) * part);
  return {first.finish(before), second.finish(chunk.tokens - before)};
}

}  // namespace batchctl
