// A chunk that takes line after line: its spans, sizes and the hash of its body.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/sha256.hpp"
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
  /// another span.
  void add(int input, const Line& line, std::int64_t record, std::int64_t tokens, std::string_view wire_line) {
    if (empty()) planned_.first_record = record;
    if (planned_.spans.empty() || planned_.spans.back().input != input || end_of(planned_.spans.back()) != record)
      planned_.spans.push_back({record, 0, line.number, input, line.offset, 0});
    Span& span = planned_.spans.back();
    ++span.records;
    span.bytes = line.offset + line.bytes - span.offset;
    ++planned_.records;
    planned_.tokens += tokens;
    planned_.body_bytes += wire_line.size();
    // Hashing line by line would cost a third more.
    unhashed_ += wire_line;
    if (unhashed_.size() >= kHashAtOnce) hash();
  }

  /// What it has become, but for the index; then it is empty again. Not of an empty one.
  PlannedChunk finish() {
    hash();
    planned_.unsent = end_of(planned_.spans.back()) - planned_.first_record - planned_.records;
    planned_.body_sha256 = body_.hex();
    body_ = Sha256();
    return std::exchange(planned_, {});
  }

 private:
  static constexpr std::size_t kHashAtOnce = 1U << 16U;

  static std::int64_t end_of(const Span& span) { return span.first_record + span.records; }

  void hash() {
    body_.update(unhashed_);
    unhashed_.clear();
  }

  PlannedChunk planned_;
  Sha256 body_;
  std::string unhashed_;
};

}  // namespace batchctl
