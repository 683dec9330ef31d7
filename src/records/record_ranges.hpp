// The records that a set of spans names, and a dense place for each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/chunk.hpp"

namespace batchctl {

class RecordRanges {
 public:
  explicit RecordRanges(const std::vector<Span>& spans) {
    for (const Span& span : spans)
      if (span.records > 0) ranges_.push_back({span.first_record, span.records, 0});
    std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    for (Range& range : ranges_) {
      range.place = size_;
      size_ += range.records;
    }
  }

  std::int64_t size() const { return size_; }
  /// From 0 to size() - 1, in record order; nullopt when the record is none of them.
  std::optional<std::int64_t> place_of(std::int64_t record) const {
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), record,
                                  [](std::int64_t value, const Range& range) { return value < range.first; });
    if (after == ranges_.begin()) return std::nullopt;
    --after;
    if (record - after->first >= after->records) return std::nullopt;
    return after->place + (record - after->first);
  }
  /// The opposite of place_of; `place` must be one.
  std::int64_t record_at(std::int64_t place) const {
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), place,
                                  [](std::int64_t value, const Range& range) { return value < range.place; });
    --after;
    return after->first + (place - after->place);
  }

 private:
  struct Range {
    std::int64_t first, records, place;
  };
  std::vector<Range> ranges_;
  std::int64_t size_ = 0;
};

}  // namespace batchctl
