// Many simulated runs as figures: makespan over the oracle's, refusals a run.
#pragma once

#include <string>
#include <vector>

#include "sim/simulation.hpp"

namespace batchctl::sim {

struct Row {
  std::string scenario;
  int runs = 0;
  double mean_ratio = 0;  // geometric
  double worst_ratio = 0;
  double refusals = 0;  // a run
  int most_refusals = 0;
  Duration oldest_file{};
  int expired_files = 0;
  int unfinished = 0;
};

/// One policy over `seeds` runs of each scenario: a row each, and one over all at the end (scenario "all").
std::vector<Row> measure(Policy policy, const std::vector<Scenario>& scenarios, int seeds,
                         double flow_precision = plan::Limits{}.flow_precision);

}  // namespace batchctl::sim
