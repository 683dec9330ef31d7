// A run of one policy through one scenario on a clock that jumps from event to event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/quota.hpp"
#include "sim/scenario.hpp"

namespace batchctl::sim {

enum class Policy {
  oracle,    // knows every limit, sees every end at once
  batchctl,  // the code of plan/
  groups,    // groups of 10, backs off when refused, gives up after the 6th wait; a person comes back after 2 h
  endless,   // the same, but it never gives up
  ten_jobs,  // ten jobs at a time, all of them awaited
};
inline constexpr Policy kPolicies[] = {Policy::batchctl, Policy::groups, Policy::endless, Policy::ten_jobs};
std::string name_of(Policy policy);
std::optional<Policy> policy_named(const std::string& name);

struct Outcome {
  bool finished = false;
  Duration makespan{};
  std::vector<Duration> refused_at;  // since the start
  std::vector<Duration> made_at;
  Duration oldest_file{};  // of those that jobs were made from
  int expired_files = 0;   // uploaded in vain
  int list_calls = 0;
  int refusals() const { return static_cast<int>(refused_at.size()); }
};

/// `flow_precision` is for Policy::batchctl alone.
Outcome simulate(const Scenario& scenario, Policy policy, std::uint64_t seed,
                 double flow_precision = plan::Limits{}.flow_precision);

}  // namespace batchctl::sim
