// How often the service is asked how the jobs stand.
#pragma once

#include <algorithm>

#include "base/time.hpp"

namespace batchctl::plan {

inline constexpr Duration kBacklogPoll = seconds{60};

/// With backlog 60 s: an ended job frees quota that waits to be used (300 s would cost 4 % of a run, 30 min 26 %).
/// Without, a sixtieth of the youngest live job's age, between 60 s and 5 min: somebody waits for the last jobs, and a
/// look at them is one page of the list. (A twentieth, up to 15 min, costs 1 % of a run of four hours.)
inline Duration poll_interval(bool backlog, Duration youngest_age) {
  if (backlog) return kBacklogPoll;
  return std::clamp<Duration>(youngest_age / 60, seconds{60}, minutes{5});
}

}  // namespace batchctl::plan
