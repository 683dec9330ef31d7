// Two runs at one quota: how evenly they hold it.
#pragma once

#include <cstdint>

#include "plan/quota.hpp"
#include "sim/scenario.hpp"

namespace batchctl::sim {

struct Sharing {
  bool one_machine = true;         // the runs share the rows; else only the service
  Duration second_starts{};        // after the first
  Duration settles = minutes{30};  // so long after the second's start is not judged
  plan::Limits first, second;
};

struct Shared {
  /// Jain's index of what the runs held by their weights: the mean over the time in which both had something to create.
  double jain = 0;
  double held = 0;    // of the cap, by both, in that time
  Duration judged{};  // how long that was
  int refusals = 0;
  Duration makespan{};  // until both were done
};

Shared share(const Scenario& scenario, const Sharing& sharing, std::uint64_t seed);

}  // namespace batchctl::sim
