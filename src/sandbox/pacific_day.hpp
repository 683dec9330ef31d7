// The service's day: daily quotas begin anew at midnight in Los Angeles (rate-limits page, 2026-08-18).
#pragma once

#include "base/time.hpp"

namespace batchctl::sandbox {

/// From one midnight to the next: 23 or 25 hours when the clocks change.
struct PacificDay {
  Instant begins{};
  Instant ends{};
};

/// The day that `at` falls into. Daylight saving as in the United States since 2007: from 2:00 on the second Sunday of
/// March to 2:00 on the first Sunday of November.
PacificDay pacific_day_of(Instant at);

}  // namespace batchctl::sandbox
