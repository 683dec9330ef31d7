// The study's figures, on few seeds: scripts/simulate measures them on twenty.
#include <doctest/doctest.h>

#include <algorithm>

#include "sim/table.hpp"

using namespace batchctl;
using namespace batchctl::sim;

namespace {

constexpr int kSeeds = 3;

const Row& row(const std::vector<Row>& rows, const std::string& scenario) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& one) { return one.scenario == scenario; });
  REQUIRE(found != rows.end());
  return *found;
}

}  // namespace

TEST_CASE("over all scenarios a run takes at most 1.05 of the oracle's time and is refused at most 25 times") {
  const std::vector<Row> rows = measure(Policy::batchctl, scenarios(), kSeeds);
  const Row& all = rows.back();
  CHECK(all.mean_ratio <= 1.05);  // measured on 20 seeds: 1.03
  CHECK(all.refusals <= 25);      // 16
  CHECK(all.unfinished == 0);
  CHECK(all.oldest_file < hours{24});
  CHECK(row(rows, "S1").refusals <= 3);
  CHECK(row(rows, "S1b").refusals <= 20);
  CHECK(row(rows, "S3").mean_ratio <= 1.10);
  CHECK(row(rows, "S3").refusals <= 35);
  CHECK(row(rows, "S8").refusals <= 45);
  CHECK(row(rows, "S9").refusals == 0);
}

TEST_CASE("what people write by hand is slower or refused ten times as often") {
  const std::vector<Scenario> few = {scenario_named("S1"), scenario_named("S3")};
  const Row ours = measure(Policy::batchctl, few, kSeeds).back();
  const Row groups = measure(Policy::groups, few, kSeeds).back();
  const Row endless = measure(Policy::endless, few, kSeeds).back();
  const Row ten = measure(Policy::ten_jobs, few, kSeeds).back();
  CHECK(groups.mean_ratio > 1.2 * ours.mean_ratio);
  CHECK(ten.mean_ratio > 1.2 * ours.mean_ratio);
  CHECK(endless.refusals > 10 * ours.refusals);
  CHECK(groups.refusals > 10 * ours.refusals);
}

TEST_CASE("a limit of jobs that no refusal names costs few refusals, and slots do not lie idle for it") {
  const Row row = measure(Policy::batchctl, {scenario_named("M")}, 5).front();
  CHECK(row.refusals <= 12);  // measured on 20 seeds: 7
  CHECK(row.mean_ratio <= 1.06);
}
