// The service's day: requests-per-day counters start anew at midnight in Los Angeles (rate-limits page, 2026-08-18).
#pragma once

#include "base/time.hpp"

namespace batchctl::plan {

/// Offset of Los Angeles from UTC at this instant: -7 h in daylight saving time, -8 h otherwise. The United States'
/// rule since 2007: from the second Sunday of March, 2:00, to the first Sunday of November, 2:00 local time.
Duration pacific_offset(Instant at);

/// The first midnight in Los Angeles after `at`.
Instant next_pacific_midnight(Instant at);

}  // namespace batchctl::plan
