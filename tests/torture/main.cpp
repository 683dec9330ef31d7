// scripts/torture: plays rounds side by side, adds up what they met, and prints it. Exit 1 when anything is wrong.
#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "e2e/process.hpp"
#include "torture/round.hpp"
#include "torture/weather.hpp"

namespace batchctl::torture {

namespace {

constexpr const char* kHelp =
    "torture [--rounds N] [--seed N] [--only ROUND] [--seconds-per-round N] [--side-by-side N] [--keep DIR]\n"
    "  --rounds N             so many lives of a run (200)\n"
    "  --seed N               what goes wrong, and when (1): the same seed, the same faults\n"
    "  --only ROUND           this round alone\n"
    "  --seconds-per-round N  after so long a round is killed no more and brought to its end (60)\n"
    "  --side-by-side N       rounds at once; they mostly wait (8)\n"
    "  --keep DIR             where rounds that went wrong are kept (torture-kept)\n";

constexpr int kEnoughForStates = 200;  // rounds
constexpr int kLeastKillsAState = 5;
constexpr const char* kStates[] = {"planned",     "uploading", "uploaded", "creating",
                                   "reconciling", "submitted", "fetching", "cancelling"};

struct Choice {
  int rounds = 200;
  std::uint64_t seed = 1;
  std::optional<int> only;
  int seconds_a_round = 60;
  int side_by_side = e2e::kSanitized ? 4 : 8;
  std::string keep = "torture-kept";
};

template <class Number>
Number number_in(std::string_view text) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument(fmt::format("\"{}\" is no number\n{}", text, kHelp));
  return value;
}

Choice read_choice(const std::vector<std::string>& words) {
  Choice choice;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string& value = words[i + 1];
    if (words[i] == "--rounds")
      choice.rounds = number_in<int>(value);
    else if (words[i] == "--seed")
      choice.seed = number_in<std::uint64_t>(value);
    else if (words[i] == "--only")
      choice.only = number_in<int>(value);
    else if (words[i] == "--seconds-per-round")
      choice.seconds_a_round = number_in<int>(value);
    else if (words[i] == "--side-by-side")
      choice.side_by_side = number_in<int>(value);
    else if (words[i] == "--keep")
      choice.keep = value;
    else
      throw std::invalid_argument(fmt::format("there is no {}\n{}", words[i], kHelp));
  }
  if (words.size() % 2 != 0) throw std::invalid_argument(kHelp);
  if (choice.rounds < 1 || choice.side_by_side < 1 || choice.only.value_or(0) < 0) throw std::invalid_argument(kHelp);
  return choice;
}

/// The sum of all rounds.
class Tally {
 public:
  void add(int round, const RoundReport& report, const std::string& kept) {
    const std::lock_guard lock(mutex_);
    ++rounds_;
    sum_.kills += report.kills;
    sum_.looks += report.looks;
    sum_.verdict.jobs += report.verdict.jobs;
    sum_.verdict.faults += report.verdict.faults;
    sum_.verdict.duplicates += report.verdict.duplicates;
    sum_.verdict.lost += report.verdict.lost;
    for (const auto& [state, kills] : report.kills_by_state) sum_.kills_by_state[state] += kills;
    for (std::size_t i = 0; i < report.reached.size(); ++i) sum_.reached[i] += report.reached[i];
    if (!report.wrong.empty()) {
      ++wrong_;
      fmt::print("\nround {} went wrong (kept in {}):\n{}\n", round, kept, report.wrong.substr(0, 6000));
    }
    if (rounds_ % 10 == 0) fmt::print("  {} rounds, {} kills\n", rounds_, sum_.kills);
    std::fflush(stdout);
  }

  bool print(const Choice& choice) {
    bool fine = wrong_ == 0;
    fmt::print(
        "\nseed {}\nrounds {}, {} of them wrong\nkills {}\nfaults served {}\njobs created {}\nduplicates {}\n"
        "lost records {}\nlooks at status meanwhile {}\n",
        choice.seed, rounds_, wrong_, sum_.kills, sum_.verdict.faults, sum_.verdict.jobs, sum_.verdict.duplicates,
        sum_.verdict.lost, sum_.looks);
    fmt::print("kills by the state they met:\n");
    for (const char* state : kStates) {
      const int kills = sum_.kills_by_state[state];
      const bool too_few = rounds_ >= kEnoughForStates && kills < kLeastKillsAState;
      fmt::print("  {:<12} {:>5}{}\n", state, kills, too_few ? "  too few" : "");
      fine = fine && !too_few;
    }
    fmt::print("kills at named moments:\n");
    for (const CrashPointRow& row : kCrashPoints) {
      const int kills = sum_.reached[static_cast<std::size_t>(row.point)];
      const bool unmet = rounds_ >= rounds_of_all_crash_points() && kills == 0;
      fmt::print("  {:<17} {:>5}{}\n", row.name, kills, unmet ? "  never met" : "");
      fine = fine && !unmet;
    }
    return fine;
  }

 private:
  std::mutex mutex_;
  int rounds_ = 0, wrong_ = 0;
  RoundReport sum_;
};

bool run(const Choice& choice) {
  static_assert(kHasCrashPoints, "the torture needs a build with BATCHCTL_CRASH_POINTS");
  Tally tally;
  std::atomic<int> next{choice.only.value_or(0)};
  const int end = choice.only ? *choice.only + 1 : choice.rounds;
  const auto work = [&] {
    for (int round = next++; round < end; round = next++) {
      const std::string kept =
          std::filesystem::absolute(fmt::format("{}/seed-{}-round-{}", choice.keep, choice.seed, round)).string();
      RoundReport report;
      try {
        report = play(choice.seed, round, std::chrono::seconds{choice.seconds_a_round}, kept);
      } catch (const std::exception& problem) {
        report.wrong = problem.what();
      }
      tally.add(round, report, kept);
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < choice.side_by_side; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  return tally.print(choice);
}

}  // namespace

}  // namespace batchctl::torture

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words == std::vector<std::string>{"--help"}) {
      fmt::print("{}", batchctl::torture::kHelp);
      return 0;
    }
    return batchctl::torture::run(batchctl::torture::read_choice(words)) ? 0 : 1;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "torture: {}\n", problem.what());
    return 2;
  }
}
