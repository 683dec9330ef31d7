#include "torture/round.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <utility>

#include "e2e/process.hpp"
#include "os/temporary_directory.hpp"
#include "schemas/schema.hpp"
#include "torture/state_file.hpp"
#include "torture/weather.hpp"

namespace batchctl::torture {

namespace {

using e2e::Desk;
using e2e::Json;
using e2e::Outcome;
using e2e::Process;
using e2e::Sandbox;
using e2e::Words;
using SteadyClock = std::chrono::steady_clock;

/// The service of a round keeps these promises (late creates and late lists come to 1.5 s and 330 s at most).
constexpr const char* kTiming =
    e2e::kSanitized ? "send=1s,create=2s,effect=5s,listed=400s" : "send=0.5s,create=1s,effect=3s,listed=400s";
constexpr int kLastTries = 4;  // a person looks at exit 4 and resumes, as it says
constexpr std::chrono::milliseconds kBetweenLooks{700};
constexpr std::chrono::milliseconds kGlance{2};

/// Calls `status` over and over, as a person or a script would, whatever happens to the driver.
class Watcher {
 public:
  explicit Watcher(const Desk& desk) : desk_(desk), thread_([this] { watch(); }) {}
  ~Watcher() { stop(); }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Ends it; says what was wrong.
  std::string end() {
    stop();
    return wrong_;
  }
  int looks() const { return looks_; }

 private:
  void stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void watch() {
    while (!over_) {
      look();
      for (auto slept = kGlance; slept < kBetweenLooks && !over_; slept += kGlance)
        std::this_thread::sleep_for(kGlance);
    }
  }
  void look() {
    try {
      const Outcome outcome = desk_.run({"status", "--offline", "--json", "--chunks"});
      ++looks_;
      if (outcome.exit != 0 || !schema_faults("status", outcome.json()).empty())
        wrong_ += "status does not answer: " + outcome.told() + "\n";
    } catch (const std::exception& problem) {
      wrong_ += fmt::format("status: {}\n", problem.what());
    }
  }

  const Desk& desk_;
  std::atomic<bool> over_{false};
  int looks_ = 0;
  std::string wrong_;
  std::thread thread_;
};

Words scenario_words(const TemporaryDirectory& home, const Weather& weather, std::uint64_t seed) {
  const std::string path = home.write("scenario.json", weather.scenario.dump(1));
  return {"--scenario", path, "--time-scale", fmt::format("{}", weather.time_scale), "--seed", fmt::format("{}", seed)};
}

class Round {
 public:
  Round(std::uint64_t seed, int round, std::chrono::seconds at_most)
      : weather_(weather_of(seed, round)),
        until_(SteadyClock::now() + at_most),
        must_meet_all_(round < rounds_of_all_crash_points()),
        key_(fmt::format("key-of-round-{}", round)),
        sandbox_(scenario_words(home_, weather_, seed)),
        desk_(sandbox_, key_),
        input_(e2e::questions(weather_.chunks * weather_.records_a_chunk, fmt::format("round {}", round))) {
    desk_.environment["BATCHCTL_TIMING"] = kTiming;
    desk_.write("qa.jsonl", input_);
  }

  RoundReport play() {
    for (const Blow& blow : weather_.blows) {
      if (SteadyClock::now() >= until_ && !must_meet_all_) break;
      strike(blow);
    }
    go_to_the_end(going_on(), was_cancelled_ || weather_.repairs);
    if (weather_.repairs) heal();
    for (const Blow& blow : weather_.last_blows) strike(blow);
    const Outcome download = run({"download", "qa"});
    if (download.exit != 0 && !(was_cancelled_ && download.exit == 3)) wrong(download.told());
    for (const std::string& file : e2e::files_below(desk_.state_path() + ".d"))
      if (file.ends_with(".part")) wrong("left behind: " + file);
    const StateFile last = read_state_file(desk_.state_path());
    report_.verdict = judge(sandbox_, key_, last, input_, desk_.read("qa.results.jsonl"), was_cancelled_);
    wrong(report_.verdict.wrong);
    return report_;
  }

  RoundReport& report() { return report_; }

  void keep(const std::string& directory) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    fs::create_directories(directory, ignored);
    fs::copy(fs::path(desk_.directory()).parent_path(), fs::path(directory) / "desk", fs::copy_options::recursive,
             ignored);
    fs::copy(home_.path(), fs::path(directory) / "service", fs::copy_options::recursive, ignored);
    std::ofstream(directory + "/told.txt") << told_;
    std::ofstream(directory + "/wrong.txt") << report_.wrong;
    std::ofstream(directory + "/ledger.json") << sandbox_.ledger(true).dump(1);
  }

 private:
  void wrong(const std::string& line) {
    if (!line.empty()) report_.wrong += line + (line.ends_with('\n') ? "" : "\n");
  }

  Words words_of(const Blow& blow) {
    switch (blow.verb) {
      case Blow::Verb::cancel:
        // Without a run there is nothing to cancel yet.
        if (before_.run_id.empty()) break;
        was_cancelled_ = true;
        return {"cancel", "qa", "--wait", "--json"};
      case Blow::Verb::download:
        return {"download", "qa", "--json"};
      case Blow::Verb::go_on:
        break;
    }
    return blow.waits ? e2e::joined(going_on(), {"--wait"}) : going_on();
  }

  Words going_on() const {
    if (!before_.run_id.empty()) return {"resume", "qa", "--json"};
    return {"submit", "qa.jsonl", "--json", "--chunk-records", fmt::format("{}", weather_.records_a_chunk)};
  }

  void note(const Outcome& outcome) { told_ += outcome.told() + "\n\n"; }

  Outcome run(const Words& words) {
    std::optional<Watcher> watcher(std::in_place, desk_);
    const Outcome outcome = desk_.run(words);
    end(watcher);
    note(outcome);
    return outcome;
  }

  void end(std::optional<Watcher>& watcher) {
    if (!watcher) return;
    wrong(watcher->end());
    report_.looks += watcher->looks();
    watcher.reset();
  }

  /// One process and its death, unless it ends before.
  void strike(const Blow& blow) {
    e2e::Start start = desk_.start(words_of(blow));
    if (blow.at) start.environment["BATCHCTL_CRASH_AT"] = fmt::format("{}:{}", name_of(*blow.at), blow.nth);
    std::optional<Watcher> watcher(std::in_place, desk_);
    // status makes tables too when it finds a file without any, and this moment is the driver's.
    if (blow.at == CrashPoint::database_made && must_meet_all_) end(watcher);
    Process process(start);
    bool was_struck = false;  // from here; else it died of its own moment
    while (blow.steps && process.running() && e2e::lines_of(process.out_so_far()).size() < *blow.steps)
      std::this_thread::sleep_for(kGlance);
    if (blow.later) {
      for (const auto at = SteadyClock::now() + *blow.later; SteadyClock::now() < at && process.running();)
        std::this_thread::sleep_for(std::chrono::microseconds{500});
      was_struck = process.running();
      process.send(SIGKILL);
    }
    const Outcome outcome = process.wait();
    note(outcome);
    // At once, before anybody else opens the database and tidies up.
    const StateFile after = read_state_file(desk_.state_path());
    end(watcher);
    wrong(after.wrong);
    if (outcome.hung) wrong("it hung: " + outcome.told());
    if (outcome.exit == 1 || outcome.exit == 2 || outcome.exit == 10 || outcome.exit == 11) wrong(outcome.told());
    if (outcome.signal == SIGKILL && !outcome.hung) {
      ++report_.kills;
      count_states(after);
      if (blow.at && !was_struck) ++report_.reached[static_cast<std::size_t>(*blow.at)];
    } else if (blow.at && must_meet_all_) {
      wrong(fmt::format("it never came to {}: {}", name_of(*blow.at), outcome.told()));
    }
    before_ = after;
  }

  void count_states(const StateFile& after) {
    const auto stands_in = [&](const char* state) {
      return std::any_of(after.chunks.begin(), after.chunks.end(),
                         [&](const ChunkRow& chunk) { return chunk.state == state; });
    };
    if (after.epoch > before_.epoch)
      for (const char* state : {"uploading", "creating", "reconciling", "fetching", "cancelling"})
        if (stands_in(state)) ++report_.kills_by_state[state];
    const bool only_planned = after.last_state.empty() && !after.chunks.empty();
    const std::string brought_to = only_planned ? "planned" : after.last_state;
    for (const char* state : {"planned", "uploaded", "submitted"})
      if (brought_to == state && is_news(after)) ++report_.kills_by_state[state];
  }

  /// The killed process did something: else the same moment would count again.
  bool is_news(const StateFile& after) const { return after.moves > before_.moves || before_.chunks.empty(); }

  void go_to_the_end(Words words, bool may_fail) {
    Outcome last;
    for (int i = 0; i < kLastTries; ++i) {
      last = run(e2e::joined(words, {"--wait"}));
      before_ = read_state_file(desk_.state_path());
      if (last.exit != 4) break;
      words = going_on();
    }
    if (last.exit != 0 && !(may_fail && last.exit == 3)) wrong("the last resume: " + last.told());
    wrong(before_.wrong);
  }

  /// The service is well again, and what is still without an answer is asked for.
  void heal() {
    weather_.scenario["rows"] = Json::object();
    home_.write("scenario.json", weather_.scenario.dump(1));
    go_to_the_end({"retry", "qa", "--json"}, false);
  }

  Weather weather_;
  SteadyClock::time_point until_;
  bool must_meet_all_;
  std::string key_;
  TemporaryDirectory home_;
  Sandbox sandbox_;
  Desk desk_;
  std::string input_;
  StateFile before_;  // as the last process left it
  bool was_cancelled_ = false;
  std::string told_;
  RoundReport report_;
};

}  // namespace

RoundReport play(std::uint64_t seed, int round, std::chrono::seconds at_most, const std::string& keep) {
  Round one(seed, round, at_most);
  try {
    one.play();
  } catch (const std::exception& problem) {
    one.report().wrong += fmt::format("{}\n", problem.what());
  }
  if (!one.report().wrong.empty()) one.keep(keep);
  return one.report();
}

}  // namespace batchctl::torture
