// A chunk that takes line after line: its spans and sizes. Whoever fills it hashes its body.
#pragma once

#include <cstddef>
#include <utility>

#include "records/line_reader.hpp"
#include "records/scan.hpp"

namespace batchctl {

class GrowingChunk {
 public:
  bool empty() const { return planned_.records == 0; }
  std::int64_t records() const { return planned_.records; }
  std::int64_t tokens() const { return planned_.tokens; }
  std::uint64_t bytes() const { return planned_.body_bytes; }

  /// A record behind all that it holds; `input` is an ordinal. What lies between two records is not sent, and begins
  /// another span. `bytes` is what is sent.
  void add(int input, const Line& line, std::int64_t record, std::int64_t tokens, std::size_t bytes) {
    if (empty()) planned_.first_record = record;
    if (planned_.spans.empty() || planned_.spans.back().input != input || end_of(planned_.spans.back()) != record)
      planned_.spans.push_back({record, 0, line.number, input, line.offset, 0});
    Span& span = planned_.spans.back();
    ++span.records;
    span.bytes = line.offset + line.bytes - span.offset;
    ++planned_.records;
    planned_.tokens += tokens;
    planned_.body_bytes += bytes;
  }

  /// What it has become, but for index and hash; then it is empty again. Not of an empty one.
  PlannedChunk finish() {
    planned_.unsent = end_of(planned_.spans.back()) - planned_.first_record - planned_.records;
    return std::exchange(planned_, {});
  }

 private:
  static std::int64_t end_of(const Span& span) { return span.first_record + span.records; }

  PlannedChunk planned_;
};

}  // namespace batchctl
