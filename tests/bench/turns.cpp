// How long a driver thinks, and how often it asks, in a run of many chunks. Prints figures for scripts/bench.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "app/driver.hpp"
#define DOCTEST_CONFIG_IMPLEMENT
#include "app/rig.hpp"
#include "app/runs.hpp"
#include "plan/schedule.hpp"

namespace {

using namespace batchctl;
using namespace batchctl::app;
using Wall = std::chrono::steady_clock;

constexpr int kTurns = 2000;

double microseconds(Wall::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

/// The median of so many calls, in microseconds.
template <class Call>
double median_of(int times, Call&& call) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) {
    const auto begin = Wall::now();
    call();
    all.push_back(microseconds(Wall::now() - begin));
  }
  std::nth_element(all.begin(), all.begin() + times / 2, all.end());
  return all[static_cast<std::size_t>(times / 2)];
}

void measure(int chunks) {
  fakes::FakeOptions service;
  service.job.pending = minutes{4};
  service.job.running = minutes{8};
  Rig rig(service);
  rig.ask(chunks);
  rig.request.settings.chunk_records = 1;
  rig.options = [](Options& options) { options.group_size = 95; };
  // Till every slot is held and nothing fits any more.
  (void)rig.submit({Goal::submitted, true, minutes{3}, seconds{60}});
  {
    const Run run = rig.run();
    Driver driver(rig.context, run.key, lock_run(rig.context, run), Mandate{true, false, false});
    const double turn = median_of(kTurns, [&] { (void)driver.turn(true); });
    const plan::Snapshot snapshot = driver.latest_snapshot();
    const double decision = median_of(kTurns, [&] { (void)plan::schedule(snapshot, rig.clock.now()); });
    fmt::print("chunks_planned {} of {}\n", rig.count(ChunkState::planned), chunks);
    fmt::print("jobs_live {} jobs\n", rig.count(ChunkState::submitted));
    fmt::print("decision {:.1f} us\n", decision);
    fmt::print("decision_with_its_snapshot {:.1f} us\n", turn);
  }
  const std::uint64_t lists = rig.service.count(Call::list), gets = rig.service.count(Call::get);
  const Instant from = rig.clock.now();
  const std::int64_t done = rig.count(ChunkState::done);
  (void)rig.resume(at_most(hours{6}));
  const double hours_gone = static_cast<double>((rig.clock.now() - from).count()) / 3.6e6;
  fmt::print("jobs_ended_in_6_hours {} jobs\n", rig.count(ChunkState::done) - done);
  fmt::print("list_pages_an_hour {:.1f} calls\n",
             static_cast<double>(rig.service.count(Call::list) - lists) / hours_gone);
  fmt::print("gets_of_jobs_an_hour {:.1f} calls\n",
             static_cast<double>(rig.service.count(Call::get) - gets) / hours_gone);
}

}  // namespace

int main(int argc, char** argv) {
  doctest::Context doctest_context;  // the rig's checks need one
  doctest_context.setAsDefaultForAssertsOutOfTestCases();
  measure(argc > 1 ? std::atoi(argv[1]) : 20'000);
  return 0;
}
