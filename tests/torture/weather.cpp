#include "torture/weather.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <string>
#include <utility>

namespace batchctl::torture {

namespace {

using Json = nlohmann::json;
using Verb = Blow::Verb;
using std::chrono::microseconds;

constexpr int kPoints = static_cast<int>(kCrashPoints.size());
constexpr int kPointsARound = 3;  // early, middle and late in the run's life

/// Numbers from the seed, the same with every standard library.
class Dice {
 public:
  Dice(std::uint64_t seed, int round) : engine_(seed * 1'000'003 + static_cast<std::uint64_t>(round)) {}

  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  int from_to(int low, int high) { return low + below(high - low + 1); }
  bool one_in(int n) { return below(n) == 0; }
  template <class List>
  const auto& one_of(const List& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(std::size(list))))];
  }

 private:
  std::mt19937_64 engine_;
};

std::string in_ms(int ms) { return std::to_string(ms) + "ms"; }

Json order_for_create(Dice& dice) {
  switch (dice.below(14)) {
    case 0:
    case 1:
      return {{"do", "drop-before"}};
    case 2:
    case 3:
      return {{"do", "drop-after"}};
    case 4:
    case 5:
    case 6:
      return {{"do", "late"}, {"delay", in_ms(dice.from_to(100, 1200))}};
    case 7:
      return {{"do", "stall-before"}, {"for", in_ms(dice.from_to(200, 1500))}};
    case 8:
      return {{"do", "stall-after"}, {"for", in_ms(dice.from_to(200, 1500))}};
    case 9:
      return {{"do", dice.one_of(std::array{"500", "503", "html"})}};
    case 10:
      return {{"do", dice.one_of(std::array{"reset-before", "reset-after", "cut", "cut-request"})}};
    case 11:
      return {{"do", "slow"}, {"delay", in_ms(dice.from_to(50, 500))}};
    default:
      return {{"do", "429"},
              {"form", dice.one_of(std::array{"bare", "resource", "help", "details", "spend"})},
              {"times", dice.from_to(1, 3)}};
  }
}

Json order_for_others(Dice& dice, const std::string& kind) {
  if (kind == "start" && dice.one_in(5)) return {{"do", "file-fails"}};
  if (kind == "start" && dice.one_in(4)) return {{"do", "429"}};
  switch (dice.below(7)) {
    case 0:
      return {{"do", dice.one_of(std::array{"500", "503", "html"})}, {"times", dice.from_to(1, 2)}};
    case 1:
      return {{"do", "drop-before"}};
    case 2:
      return {{"do", "drop-after"}};
    case 3:
      return {{"do", dice.one_of(std::array{"reset-before", "reset-after"})}};
    case 4:
      return {{"do", "stall-before"}, {"for", in_ms(dice.from_to(50, 600))}};
    case 5:
      return {{"do", "cut"}, {"bytes", dice.below(300)}};
    default:
      return {{"do", "slow"}, {"delay", in_ms(dice.from_to(20, 400))}};
  }
}

Json orders(Dice& dice, const Weather& weather, bool expires) {
  Json list = Json::array();
  // `most_nth`: about as many requests of the kind as a round sees.
  const auto add = [&](const char* kind, int most_nth, Json order) {
    order["on"] = kind;
    order["nth"] = dice.from_to(1, most_nth);
    list.push_back(std::move(order));
  };
  for (int n = dice.from_to(1, 4); n > 0; --n) add("create", weather.chunks + 2, order_for_create(dice));
  for (const char* kind : {"start", "upload", "file_get", "list", "get", "download", "file_delete", "query"})
    if (dice.one_in(3)) add(kind, kind == std::string("list") ? 20 : weather.chunks, order_for_others(dice, kind));
  if (weather.cancels && dice.one_in(2)) add("cancel", 3, order_for_others(dice, "cancel"));
  // One each: with two the attempts of one chunk could be spent, and a person would have to look.
  if (dice.one_in(3)) add("create", weather.chunks, {{"do", "job-fails"}});
  if (expires) add("create", weather.chunks, {{"do", "job-expires"}});
  return list;
}

Json scenario(Dice& dice, const Weather& weather, bool expires) {
  // A job in a round that is cancelled lives long enough to be found alive.
  const int pending = weather.cancels ? dice.from_to(10, 30) : dice.from_to(1, 8);
  Json s = {
      {"quotas", {{{"limit", "jobs"}, {"most", dice.from_to(2, 6)}}}},
      {"jobs",
       {{"pending", std::to_string(pending) + "m"},
        {"running", std::to_string(dice.from_to(1, 10)) + "m"},
        {"cancel", dice.one_of(std::array{"cancelled", "partial", "succeeds"})},
        {"output_after", dice.one_in(4) ? "90s" : "0"},
        {"listed_after", dice.one_in(2) ? std::to_string(dice.from_to(10, 330)) + "s" : "0"}}},
      {"rows", {{"shuffled", dice.one_in(2)}, {"duplicate", dice.one_in(4) ? 0.2 : 0.0}}},
      {"files",
       {{"processing", dice.one_in(5) ? "20s" : "0"},
        {"refused_types", dice.one_in(4) ? Json{"jsonl", "application/jsonl"} : Json{"jsonl"}}}},
      {"lists", {{"page", dice.from_to(1, 8)}, {"short", dice.one_in(2)}}},
      {"downloads", {{"ranges", dice.one_in(2)}, {"redirect", dice.one_of(std::array{"none", "here", "elsewhere"})}}}};
  s["faults"] = orders(dice, weather, expires);
  return s;
}

bool is_of_cancel(CrashPoint point) {
  return point == CrashPoint::cancel_wished || point == CrashPoint::cancel_recorded || point == CrashPoint::cancel_told;
}

bool is_of_download(CrashPoint point) {
  return point == CrashPoint::results_written || point == CrashPoint::errors_published;
}

/// Some moments come for certain only in a process after one that died at another moment.
std::optional<CrashPoint> comes_after(CrashPoint point) {
  switch (point) {
    case CrashPoint::create_doubted:
    case CrashPoint::list_read:
    case CrashPoint::absence_recorded:
      return CrashPoint::intent_stored;
    case CrashPoint::cancel_told:
      return CrashPoint::create_recorded;  // that job, or those that it was refused for, are alive
    default:
      return std::nullopt;
  }
}

void add_point(Weather& weather, CrashPoint point, int nth) {
  Blow blow;
  blow.at = point;
  blow.nth = nth;
  if (is_of_cancel(point)) blow.verb = Verb::cancel;
  if (is_of_download(point)) {
    blow.verb = Verb::download;
    weather.last_blows.push_back(blow);
    return;
  }
  if (const auto first = comes_after(point)) {
    Blow before;
    before.at = first;
    weather.blows.push_back(before);
  }
  weather.blows.push_back(blow);
}

Blow random_blow(Dice& dice) {
  Blow blow;
  blow.waits = !dice.one_in(4);
  switch (dice.below(4)) {
    case 0:
      blow.at = kCrashPoints[static_cast<std::size_t>(dice.below(static_cast<int>(CrashPoint::cancel_wished)))].point;
      blow.nth = dice.from_to(1, 3);
      blow.later = microseconds{1000 * dice.from_to(500, 4000)};
      break;
    case 1:  // at any time
      blow.later = microseconds{1000 * dice.below(1500)};
      break;
    default:
      blow.steps = static_cast<std::size_t>(dice.below(16));
      blow.later = microseconds{dice.below(8000)};
  }
  return blow;
}

}  // namespace

int rounds_of_all_crash_points() { return (kPoints + kPointsARound - 1) / kPointsARound; }

Weather weather_of(std::uint64_t seed, int round) {
  Dice dice(seed, round);
  Weather weather;
  weather.chunks = dice.from_to(6, 10);
  weather.records_a_chunk = dice.from_to(1, 4);
  const int stride = rounds_of_all_crash_points();
  if (round < stride) {
    for (int i = round; i < kPoints; i += stride) {
      const CrashPoint point = kCrashPoints[static_cast<std::size_t>(i)].point;
      weather.cancels = weather.cancels || is_of_cancel(point);
      add_point(weather, point, 1);
    }
    weather.scenario = scenario(dice, weather, false);
    // Nothing else may befall what a named moment waits for.
    weather.scenario["faults"] = Json::array();
    if (weather.cancels) {
      weather.scenario["jobs"]["pending"] = "2h";
      weather.scenario["quotas"][0]["most"] = 2;
    }
    return weather;
  }

  // Each moment in turn, among others that come as they may.
  const CrashPoint turn = kCrashPoints[static_cast<std::size_t>(round % kPoints)].point;
  const bool expires = round % 10 == 9 && !is_of_cancel(turn);
  if (expires) weather.time_scale = 6000;
  weather.cancels = is_of_cancel(turn) || (!expires && dice.one_in(5));
  if (turn <= CrashPoint::driver_begun) add_point(weather, turn, 1);
  for (int n = dice.from_to(3, 8); n > 0; --n) {
    weather.blows.push_back(random_blow(dice));
    if (turn > CrashPoint::driver_begun && turn < CrashPoint::cancel_wished && n == 2)
      add_point(weather, turn, dice.from_to(1, 2));
  }
  if (is_of_cancel(turn) || is_of_download(turn)) add_point(weather, turn, 1);
  if (weather.cancels) {
    Blow cancel = random_blow(dice);
    cancel.verb = Verb::cancel;
    if (cancel.at) cancel.at = dice.one_of(std::array{CrashPoint::cancel_recorded, CrashPoint::cancel_told});
    if (cancel.at) cancel.nth = 1;
    weather.blows.push_back(cancel);
    Blow again = random_blow(dice);
    if (dice.one_in(2)) again.verb = Verb::cancel;
    weather.blows.push_back(again);
  }
  if (dice.one_in(8)) add_point(weather, CrashPoint::errors_published, 1);
  weather.scenario = scenario(dice, weather, expires);
  weather.repairs = !weather.cancels && dice.one_in(3);
  if (weather.repairs) {
    weather.scenario["rows"]["error"] = 0.2;
    weather.scenario["rows"]["missing"] = 0.1;
  }
  return weather;
}

}  // namespace batchctl::torture
