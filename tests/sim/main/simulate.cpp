// scripts/simulate: policies compared on a model of the service, as a table.
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "sim/table.hpp"

using namespace batchctl;
using namespace batchctl::sim;

namespace {

constexpr const char* kUsage =
    "usage: simulate [--seeds N] [--scenario S]... [--policy P]...\n"
    "       simulate [--seeds N] --curve S     how closely a flow limit is measured, against what it costs\n"
    "policies: batchctl groups endless ten-jobs; scenarios: S1 to S9 of the study (with S1b, S5b), M, fall\n";

struct Wanted {
  int seeds = 20;
  std::vector<Scenario> scenarios;
  std::vector<Policy> policies;
  std::optional<Scenario> curve;
};

std::optional<Wanted> read(int count, char** words) {
  Wanted wanted;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string option = words[i];
    const std::string value = words[i + 1];
    if (option == "--seeds") {
      wanted.seeds = std::atoi(value.c_str());
      if (wanted.seeds < 1) return std::nullopt;
    } else if (option == "--scenario") {
      wanted.scenarios.push_back(scenario_named(value));
    } else if (option == "--curve") {
      wanted.curve = scenario_named(value);
    } else if (option == "--policy") {
      const std::optional<Policy> policy = policy_named(value);
      if (!policy) return std::nullopt;
      wanted.policies.push_back(*policy);
    } else {
      return std::nullopt;
    }
  }
  if (count % 2 == 0) return std::nullopt;
  if (wanted.scenarios.empty()) wanted.scenarios = scenarios();
  if (wanted.policies.empty()) wanted.policies = {std::begin(kPolicies), std::end(kPolicies)};
  return wanted;
}

void print(Policy policy, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    if (row.scenario == "all" && rows.size() == 2) continue;
    fmt::print("{:<10} {:<5} {:>10.3f} {:>8.2f} {:>14.1f} {:>6}{}\n", name_of(policy), row.scenario, row.mean_ratio,
               row.worst_ratio, row.refusals, row.most_refusals,
               row.unfinished > 0 ? fmt::format("  {} of {} not finished in 28 days", row.unfinished, row.runs) : "");
  }
}

void print_curve(const Scenario& scenario, int seeds) {
  fmt::print("{}, {} seeds: {}\n", scenario.name, seeds, scenario.what);
  fmt::print("{:>10} {:>10} {:>8} {:>14} {:>6}\n", "precision", "makespan", "worst", "refusals", "most");
  for (const double precision : {0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 1.0}) {
    const Row row = measure(Policy::batchctl, {scenario}, seeds, precision).front();
    fmt::print("{:>10} {:>10.3f} {:>8.2f} {:>14.1f} {:>6}\n", precision, row.mean_ratio, row.worst_ratio, row.refusals,
               row.most_refusals);
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    const std::optional<Wanted> wanted = read(count, words);
    if (!wanted) {
      fmt::print(stderr, "{}", kUsage);
      return 2;
    }
    if (wanted->curve) {
      print_curve(*wanted->curve, wanted->seeds);
      return 0;
    }
    fmt::print(
        "{} seeds; makespan as a multiple of the oracle's (geometric mean, worst), refusals a run (mean, most)\n",
        wanted->seeds);
    fmt::print("{:<10} {:<5} {:>10} {:>8} {:>14} {:>6}\n", "policy", "", "makespan", "worst", "refusals", "most");
    for (const Policy policy : wanted->policies) print(policy, measure(policy, wanted->scenarios, wanted->seeds));
    return 0;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "simulate: {}\n", problem.what());
    return 2;
  }
}
