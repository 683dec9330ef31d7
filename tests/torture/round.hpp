// One round: the life of one run, killed again and again, until an unkilled resume ends it and the judge looks at it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "base/crash_point.hpp"
#include "torture/judge.hpp"

namespace batchctl::torture {

/// How often a kill met each state of the machine, by its name.
///
/// In uploading, creating, reconciling, fetching and cancelling the driver is at work on the chunk: a kill counts for
/// each of them that a chunk stood in, if what was killed was the run's driver (the epoch says so). In planned,
/// uploaded and submitted a chunk merely waits: a kill counts only when the last move committed before it had brought a
/// chunk there (or the plan, before any move), so that it came between this move and the next.
using KillsByState = std::map<std::string, int>;

struct RoundReport {
  std::string wrong;  // a line each; empty when nothing is
  int kills = 0;
  int looks = 0;  // how often status answered meanwhile
  KillsByState kills_by_state;
  std::array<int, kCrashPoints.size()> reached{};  // kills at each named moment
  Verdict verdict;
};

/// After `at_most` nothing is killed any more. What there is to see of a round that went wrong is kept in `keep`, a
/// directory that is not there yet.
RoundReport play(std::uint64_t seed, int round, std::chrono::seconds at_most, const std::string& keep);

}  // namespace batchctl::torture
