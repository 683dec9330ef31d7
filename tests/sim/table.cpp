#include "sim/table.hpp"

#include <algorithm>
#include <cmath>

namespace batchctl::sim {

std::vector<Row> measure(Policy policy, const std::vector<Scenario>& scenarios, int seeds, double flow_precision) {
  std::vector<Row> rows;
  Row all;
  all.scenario = "all";
  double all_logs = 0;
  for (const Scenario& scenario : scenarios) {
    Row row;
    row.scenario = scenario.name;
    double logs = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
      const Outcome best = simulate(scenario, Policy::oracle, static_cast<std::uint64_t>(seed));
      const Outcome mine = simulate(scenario, policy, static_cast<std::uint64_t>(seed), flow_precision);
      const double ratio = static_cast<double>(mine.makespan.count()) / static_cast<double>(best.makespan.count());
      logs += std::log(ratio);
      row.runs += 1;
      row.worst_ratio = std::max(row.worst_ratio, ratio);
      row.refusals += mine.refusals();
      row.most_refusals = std::max(row.most_refusals, mine.refusals());
      row.oldest_file = std::max(row.oldest_file, mine.oldest_file);
      row.expired_files += mine.expired_files;
      row.unfinished += mine.finished ? 0 : 1;
    }
    all_logs += logs;
    all.runs += row.runs;
    all.refusals += row.refusals;
    all.worst_ratio = std::max(all.worst_ratio, row.worst_ratio);
    all.most_refusals = std::max(all.most_refusals, row.most_refusals);
    all.oldest_file = std::max(all.oldest_file, row.oldest_file);
    all.expired_files += row.expired_files;
    all.unfinished += row.unfinished;
    row.mean_ratio = std::exp(logs / std::max(row.runs, 1));
    row.refusals /= std::max(row.runs, 1);
    rows.push_back(row);
  }
  all.mean_ratio = std::exp(all_logs / std::max(all.runs, 1));
  all.refusals /= std::max(all.runs, 1);
  rows.push_back(all);
  return rows;
}

}  // namespace batchctl::sim
