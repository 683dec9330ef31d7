// The time axis that all pictures of a run share: where an instant lies, in which column, and what is written under it.
#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"

namespace batchctl::report {

struct TimeAxis {
  Instant from, to;  // `to` is behind `from`

  /// Pictures are made of so many columns, however long a run takes.
  static constexpr int kColumns = 240;

  /// The column whose end is the first not before `at`; what lies outside counts for the nearest.
  int column(Instant at) const;
  Instant end_of(int column) const;
  /// 0 to 1; what lies outside is at an end.
  double share(Instant at) const;
};

/// From `from` to `to`, but a second at least.
TimeAxis time_axis(Instant from, Instant to);

struct TimeTick {
  Instant at;
  std::string clock;  // 14:05, 14:05:30 or 26 Nov
  std::string day;    // 26 Nov 2026, where one begins to hold; else empty
};

/// Round times of UTC, at most `most` of them.
std::vector<TimeTick> time_ticks(const TimeAxis& axis, int most = 7);

/// `2026-11-26 14:05 UTC`
std::string spell_instant(Instant at);

}  // namespace batchctl::report
