// What one round of the torture meets: how the service behaves, what goes wrong there, and when the driver is killed.
// All of it from a seed: the same seed and round give the same weather.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/crash_point.hpp"

namespace batchctl::torture {

/// What is run, and how it is killed: at a named moment, or after so many more steps have been told and a little later.
struct Blow {
  enum class Verb { go_on, cancel, download } verb = Verb::go_on;
  bool waits = true;               // go_on: with --wait
  std::optional<CrashPoint> at{};  // instead of steps
  int nth = 1;
  std::optional<std::size_t> steps{};
  std::optional<std::chrono::microseconds> later{};  // after the steps; with a moment: at the latest; nullopt: never
};

struct Weather {
  int chunks = 8;
  int records_a_chunk = 3;
  double time_scale = 1000;
  nlohmann::json scenario;  // of the sandbox, with its orders to fail
  std::vector<Blow> blows;
  std::vector<Blow> last_blows;  // while the results are written, once everything has its outcome
  bool cancels = false;
  bool repairs = false;  // answers fail for passing reasons, until the service is well
};

Weather weather_of(std::uint64_t seed, int round);

/// So many rounds bring every named moment about, each in a process of its own. The rounds after them meet what comes.
int rounds_of_all_crash_points();

}  // namespace batchctl::torture
