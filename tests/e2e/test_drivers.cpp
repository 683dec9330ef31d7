// Two drivers of one run, and a driver that was stopped and goes on when it should not: whoever comes second is told
// so, whoever is too late sends and writes nothing, and no job is made twice.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/crash_point.hpp"
#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

constexpr int kChunks = 6;
constexpr int kRecords = 2 * kChunks;
constexpr int kThird = 3;  // the create that is stopped

const Words kService = {"--time-scale", "1000", "--pending", "2m", "--running", "2m"};
const Words kSubmit = {"submit", "qa.jsonl", "--chunk-records", "2", "--json", "--wait"};
const Words kResume = {"resume", "qa", "--json", "--wait"};

// Of kTiming, with room: from the intent until nothing of the create can be sent, and until it is found out about.
constexpr std::chrono::milliseconds kPastSend{kSanitized ? 1500 : 1000};
constexpr std::chrono::milliseconds kPastEverything{kSanitized ? 6000 : 3500};

/// A desk whose `submit --wait` has stopped itself at a moment.
class Stopped {
 public:
  Stopped(const Sandbox& sandbox, CrashPoint moment, int nth) : desk(sandbox) {
    desk.write("qa.jsonl", questions(kRecords));
    Start start = desk.start(kSubmit);
    start.environment["BATCHCTL_STOP_AT"] = fmt::format("{}:{}", name_of(moment), nth);
    process.emplace(start);
    REQUIRE_MESSAGE(process->comes_to_a_stop(), process->err_so_far());
  }

  Outcome go_on() {
    process->send(SIGCONT);
    return process->wait();
  }
  std::string run_id() const { return desk.status("qa").at("run_id"); }
  std::string lock_path() const { return desk.state_path() + ".d/" + run_id() + "/lock"; }
  /// The run as `status` tells it, and the life of each chunk.
  std::string told() const {
    std::string text = desk.status("qa", {"--offline", "--chunks"}).dump();
    for (int i = 0; i < kChunks; ++i) {
      Json explained = desk.run({"explain", "qa", std::to_string(i), "--json"}).json();
      explained.erase("now");
      text += explained.dump();
    }
    return text;
  }

  Desk desk;
  std::optional<Process> process;
};

int creates_of(const Sandbox& sandbox) { return sandbox.ledger().at("create_requests"); }

}  // namespace

TEST_CASE("who comes second to a run is told who drives it and since when, and changes nothing") {
  REQUIRE(kHasCrashPoints);
  const Sandbox sandbox(kService);
  Stopped first(sandbox, CrashPoint::driver_begun, 1);
  const std::string before = first.told();
  for (const Words& words : {kResume, kSubmit, Words{"resume", "--json", "--wait"}}) {
    const Outcome second = first.desk.run(words);
    CAPTURE(second.told());
    CHECK(second.exit == 11);
    CHECK(second.err.find(fmt::format("pid {} on ", first.process->pid())) != std::string::npos);
    CHECK(second.err.find(", since 20") != std::string::npos);
    const Json error = second.last_event();
    CHECK(schema_faults("error", error) == "");
    CHECK(error.at("error").at("code") == "busy");
  }
  CHECK(first.told() == before);
  CHECK(creates_of(sandbox) == 0);
  const Outcome outcome = first.go_on();
  CHECK_MESSAGE(outcome.exit == 0, outcome.told());
  CHECK(not_exactly_once(sandbox.ledger(true), first.run_id(), kRecords, kChunks) == "");
}

TEST_CASE("of many drivers that are started at once one drives at a time, and each job is made once") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(kRecords));
  std::vector<std::unique_ptr<Process>> drivers;
  for (int i = 0; i < 6; ++i) drivers.push_back(std::make_unique<Process>(desk.start(kSubmit)));
  int drove = 0;
  for (const auto& driver : drivers) {
    const Outcome outcome = driver->wait();
    if (outcome.exit == 0) ++drove;
    CHECK_MESSAGE((outcome.exit == 0 || outcome.exit == 11), outcome.told());
  }
  CHECK(drove > 0);
  const Json run = desk.status("qa");
  CHECK(run.at("state") == "complete");
  CHECK(not_exactly_once(sandbox.ledger(true), run.at("run_id"), kRecords, kChunks) == "");
  CHECK(creates_of(sandbox) == kChunks);
}

TEST_CASE("a driver that was stopped between its intent and its request sends nothing once its time has passed") {
  const Sandbox sandbox(kService);
  std::chrono::milliseconds stopped_for{0};
  SUBCASE("past the time to send") { stopped_for = kPastSend; }
  SUBCASE("past all that could still have happened") { stopped_for = kPastEverything; }

  Stopped driver(sandbox, CrashPoint::intent_stored, kThird);
  const int creates = creates_of(sandbox);
  std::this_thread::sleep_for(stopped_for);
  const Outcome second = driver.desk.run(kResume);
  CHECK_MESSAGE(second.exit == 11, second.told());
  CHECK(creates_of(sandbox) == creates);
  const Outcome outcome = driver.go_on();
  CAPTURE(outcome.told());
  CHECK(outcome.exit == 0);
  CHECK(outcome.out.find("create_not_sent") != std::string::npos);
  CHECK(not_exactly_once(sandbox.ledger(true), driver.run_id(), kRecords, kChunks) == "");
  CHECK(creates_of(sandbox) == kChunks);
}

TEST_CASE("a driver that was stopped after its request was written takes the job that was made as its own") {
  const Sandbox sandbox(kService);
  Stopped driver(sandbox, CrashPoint::create_written, kThird);
  std::this_thread::sleep_for(kPastEverything);
  const Outcome outcome = driver.go_on();
  CHECK_MESSAGE(outcome.exit == 0, outcome.told());
  CHECK(not_exactly_once(sandbox.ledger(true), driver.run_id(), kRecords, kChunks) == "");
  CHECK(creates_of(sandbox) == kChunks);
}

TEST_CASE("a driver whose lock was broken while it was stopped ends with 11, sends nothing late and writes nothing") {
  const Sandbox sandbox(kService);
  Stopped first(sandbox, CrashPoint::intent_stored, kThird);
  std::filesystem::remove(first.lock_path());
  const Outcome second = first.desk.run(kResume);
  CHECK_MESSAGE(second.exit == 0, second.told());
  CHECK(second.out.find("job_absent") != std::string::npos);
  const std::string before = first.told();
  const int creates = creates_of(sandbox);
  const Outcome outcome = first.go_on();
  CAPTURE(outcome.told());
  CHECK(outcome.exit == 11);
  CHECK(outcome.err.find("another batchctl drives run qa now") != std::string::npos);
  CHECK(first.told() == before);
  CHECK(creates == kChunks);
  CHECK(creates_of(sandbox) == creates);
  CHECK(not_exactly_once(sandbox.ledger(true), first.run_id(), kRecords, kChunks) == "");
}

TEST_CASE("a driver that goes on beside the one that took its run over leaves its create to it, sent or not") {
  const Sandbox sandbox(kService);
  CrashPoint moment{};
  SUBCASE("stopped before the request, perhaps still in time") { moment = CrashPoint::intent_stored; }
  SUBCASE("stopped after the request was written") { moment = CrashPoint::create_written; }
  SUBCASE("stopped with the answer in hand") { moment = CrashPoint::create_answered; }

  Stopped first(sandbox, moment, kThird);
  std::filesystem::remove(first.lock_path());
  Process second(first.desk.start(kResume));
  while (second.out_so_far().find("create_unclear") == std::string::npos) {
    REQUIRE(second.running());
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  const Outcome outcome = first.go_on();
  CHECK_MESSAGE(outcome.exit == 11, outcome.told());
  const Outcome last = second.wait();
  CHECK_MESSAGE(last.exit == 0, last.told());
  CHECK(not_exactly_once(sandbox.ledger(true), first.run_id(), kRecords, kChunks) == "");
}

TEST_CASE("a driver that was stopped while a file was sent and replaced meanwhile does not send it again as its own") {
  const Sandbox sandbox(kService);
  Stopped first(sandbox, CrashPoint::upload_ended, 2);
  std::filesystem::remove(first.lock_path());
  const Outcome second = first.desk.run(kResume);
  CHECK_MESSAGE(second.exit == 0, second.told());
  const std::string before = first.told();
  const Outcome outcome = first.go_on();
  CHECK_MESSAGE(outcome.exit == 11, outcome.told());
  CHECK(first.told() == before);
  const Json ledger = sandbox.ledger(true);
  CHECK(not_exactly_once(ledger, first.run_id(), kRecords, kChunks) == "");
  for (const auto& [name, times] : ledger.at("uploads_by_name").items()) CHECK_MESSAGE(times == 1, name);
}

TEST_CASE("a crash that was ordered comes at its moment and for the time that was named") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(kRecords));
  Start start = desk.start(kSubmit);
  start.environment["BATCHCTL_CRASH_AT"] = "result-stored:2";
  const Outcome killed = run(start);
  CHECK_MESSAGE(killed.signal == SIGKILL, killed.told());
  CHECK(desk.status("qa").at("chunks").at("done") == 2);
  start.environment["BATCHCTL_CRASH_AT"] = "nowhere";
  const Outcome refused = run(start);
  CHECK(refused.exit == 2);
  CHECK(refused.err.find("BATCHCTL_CRASH_AT") != std::string::npos);
}

}  // namespace batchctl::e2e
