#include "sim/scenario.hpp"

#include <stdexcept>

namespace batchctl::sim {

namespace {

constexpr std::int64_t kMillion = 1'000'000;

Scenario named(std::string name, std::string what) {
  Scenario scenario;
  scenario.name = std::move(name);
  scenario.what = std::move(what);
  return scenario;
}

std::vector<Scenario> study() {
  std::vector<Scenario> all;
  all.push_back(named("S1", "154 x 140 k tokens, cap 3 M"));

  all.push_back(named("S1b", "the same, the cap is not told"));
  all.back().told.reset();

  all.push_back(named("S2", "the cap moves between 30 and 100 %"));
  all.back().cap_moves = true;

  all.push_back(named("S3", "a hidden flow limit: 2 creations in 15 min"));
  all.back().creations = 2;

  all.push_back(named("S4", "600 x 5 M tokens, cap 400 M"));
  all.back().chunks = 600;
  all.back().tokens = 5 * kMillion;
  all.back().cap = 400 * kMillion;
  all.back().told = all.back().cap;

  all.push_back(named("S5", "9 M tokens a day, and the refusal says so"));
  all.back().day_tokens = 9 * kMillion;
  all.back().day_is_named = true;

  all.push_back(named("S5b", "9 M tokens a day, and the refusal says nothing"));
  all.back().day_tokens = 9 * kMillion;

  all.push_back(named("S6", "outages, 5 % of the answers lost"));
  all.back().outages = true;
  all.back().lost_answers = 0.05;

  all.push_back(named("S7", "jobs run one after another, 900 tokens/s"));
  all.back().fifo_speed = 900;

  all.push_back(named("S8", "quota comes back 15 min after a job's end"));
  all.back().late = minutes{15};

  all.push_back(named("S9", "1,078 x 20 k tokens: job slots bind"));
  all.back().chunks = 1078;
  all.back().tokens = 20'000;
  all.back().records = 14;
  return all;
}

/// Not of the study: what tests and issues ask for.
std::vector<Scenario> others() {
  std::vector<Scenario> all;
  all.push_back(named("M", "154 chunks of unlike size, 21 jobs at once, nothing told"));
  all.back().told.reset();
  all.back().cap = 1000 * kMillion;
  all.back().jobs = 21;
  all.back().spread = 0.1;

  all.push_back(named("fall", "the cap falls to 30 % for four hours"));
  all.back().falls_to = 0.3;
  return all;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = study();
  return all;
}

const Scenario& scenario_named(const std::string& name) {
  static const std::vector<Scenario> more = others();
  for (const auto* list : {&scenarios(), &more})
    for (const Scenario& scenario : *list)
      if (scenario.name == name) return scenario;
  throw std::invalid_argument("there is no scenario " + name);
}

}  // namespace batchctl::sim
