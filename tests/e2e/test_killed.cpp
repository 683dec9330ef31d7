// Killed at any moment, by signals that can be caught and by one that cannot: what follows goes on where it stopped,
// and the service has accepted each record exactly once.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

constexpr int kRounds = kSanitized ? 12 : 50;
constexpr int kSideBySide = kSanitized ? 2 : 4;  // a round mostly waits
constexpr int kChunks = 12;
constexpr int kRecords = 2 * kChunks;
constexpr unsigned kSeed = 20261122;

const Words kSubmit = {"submit", "qa.jsonl", "--chunk-records", "2", "--json"};

/// What the kills of all lives met, for people: nothing is judged by it.
struct Met {
  std::atomic<int> kills{0}, before_the_plan{0}, while_uploading{0}, while_creating{0};
};

/// When a process is killed: after so many steps have been told, and a little later.
struct Moment {
  std::size_t steps = 0;
  std::chrono::microseconds later{0};
};

/// One life: submit, killed at a moment; the resume after it, killed too when `second` is set; then to the end.
/// Says what is wrong, if anything.
std::string life(const Sandbox& sandbox, int round, const Words& submit, Moment first, std::optional<Moment> second,
                 Met& met) {
  const Desk desk(sandbox, fmt::format("key-of-round-{}", round));
  desk.write("qa.jsonl", questions(kRecords, fmt::format("round {}", round)));
  const auto killed = [&](const Words& words, Moment moment) {
    Process process(desk.start(words));
    while (process.running() && lines_of(process.out_so_far()).size() < moment.steps)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    std::this_thread::sleep_for(moment.later);
    process.send(SIGKILL);
    if (process.wait().signal == SIGKILL) ++met.kills;
  };
  const auto go_on = [&]() -> Words {
    const Outcome status = desk.run({"status", "--json", "--offline"});
    if (status.exit != 0) throw std::runtime_error(status.told());
    const Json runs = status.json().at("runs");
    if (runs.empty()) {
      ++met.before_the_plan;
      return joined(kSubmit, {"--wait"});
    }
    if (runs.at(0).at("chunks").at("uploading") > 0) ++met.while_uploading;
    if (runs.at(0).at("chunks").at("creating") > 0) ++met.while_creating;
    return Words{"resume", "--wait", "--json"};
  };
  killed(submit, first);
  if (second) killed(go_on(), *second);
  const Outcome last = desk.run(go_on());
  if (last.exit != 0) return last.told();

  const Json run = desk.status("qa");
  if (run.at("records").at("answered") != kRecords) return run.dump();
  for (const std::string& file : files_below(desk.state_path() + ".d"))
    if (file.ends_with(".part")) return "left behind: " + file;
  return not_exactly_once(sandbox.ledger(true), run.at("run_id"), kRecords, kChunks);
}

}  // namespace

TEST_CASE("submit killed at any moment and resumed sends every record exactly once") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m", "--max-jobs", "8"});
  Met met;
  std::mutex mutex;
  std::vector<std::string> faults;
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int round = next++; round < kRounds; round = next++) {
      std::mt19937 random(kSeed + static_cast<unsigned>(round));
      const auto below = [&](unsigned n) { return random() % n; };
      const bool waits = round % 2 == 1;
      const Words submit = waits ? joined(kSubmit, {"--wait"}) : kSubmit;
      const auto moment = [&] { return Moment{below(waits ? 72 : 40), std::chrono::microseconds{below(6000)}}; };
      // Also before anything is told: while the input is read and the plan is stored.
      const Moment first = round % 10 == 0 ? Moment{0, std::chrono::microseconds{below(60000)}} : moment();
      const std::optional<Moment> second = round % 3 == 0 ? std::optional(moment()) : std::nullopt;
      std::string fault;
      try {
        if (round % 5 == 0) sandbox.order({{"on", "create"}, {"nth", 1 + random() % 8}, {"do", "drop-after"}});
        fault = life(sandbox, round, submit, first, second, met);
      } catch (const std::exception& problem) {
        fault = problem.what();
      }
      if (fault.empty()) continue;
      const std::lock_guard lock(mutex);
      faults.push_back(fmt::format("round {}, killed after step {}: {}", round, first.steps, fault));
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < kSideBySide; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  for (const std::string& fault : faults) FAIL_CHECK(fault);
  fmt::print("  {} kills: {} before the plan was stored, {} during an upload, {} during a create\n", met.kills.load(),
             met.before_the_plan.load(), met.while_uploading.load(), met.while_creating.load());

  const Json ledger = sandbox.ledger();
  for (const auto& [name, times] : ledger.at("uploads_by_name").items()) CHECK_MESSAGE(times == 1, name);
  CHECK(ledger.at("records_by_key_max") == 1);
  CHECK(ledger.at("records_accepted") == kRounds * kRecords);
}

TEST_CASE("a signal saves the state, says how to go on, and resume finishes") {
  int signal = 0, exit = 0;
  SUBCASE("SIGINT") { signal = SIGINT, exit = 130; }
  SUBCASE("SIGTERM") { signal = SIGTERM, exit = 143; }
  SUBCASE("SIGHUP") { signal = SIGHUP, exit = 143; }

  const TemporaryDirectory service;
  const Words options = {"--dir", service.path(), "--max-jobs", "3"};
  std::optional<Sandbox> sandbox(std::in_place, joined(options, {"--time-scale", "2"}));
  Desk desk(*sandbox);
  desk.write("qa.jsonl", questions(kRecords));
  Process submit(desk.start(joined(kSubmit, {"--wait", "--json"})));
  // The third job is there, the fourth is refused: it waits, and would do so for a long time.
  while (submit.out_so_far().find("create_refused") == std::string::npos) {
    REQUIRE(submit.running());
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  submit.send(signal);
  const Outcome interrupted = submit.wait();
  CAPTURE(interrupted.told());
  CHECK(interrupted.exit == exit);
  CHECK(interrupted.err.find("batchctl resume qa") != std::string::npos);
  const Json error = interrupted.last_event();
  CHECK(schema_faults("error", error) == "");
  CHECK(error.at("error").at("code") == "interrupted");
  CHECK(error.at("error").at("retryable") == true);
  CHECK(error.at("error").at("next") == "batchctl resume qa");
  const Json run = desk.status("qa");
  CHECK(run.at("chunks").at("submitted") == 3);
  CHECK(run.at("chunks").at("creating") == 0);

  const Words faster = clock_going_on(*sandbox, 1000);
  sandbox.emplace(joined(options, faster));
  desk.talk_to(*sandbox);
  const Outcome resumed = desk.run({"resume", "--wait"});
  CHECK_MESSAGE(resumed.exit == 0, resumed.told());
  CHECK(not_exactly_once(sandbox->ledger(true), run.at("run_id"), kRecords, kChunks) == "");
}

}  // namespace batchctl::e2e
