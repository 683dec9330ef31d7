// What the simulated service and the work are like: the situations in which policies are compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace batchctl::sim {

struct Scenario {
  std::string name;
  std::string what;

  // The work.
  int chunks = 154;
  std::int64_t tokens = 140'000;  // of a chunk
  int records = 100;              // of a chunk; one in a hundred needs to be asked again
  double spread = 0;              // chunks' estimates differ by so much (standard deviation)

  // What the service allows. A refusal says nothing of its cause but where said.
  std::int64_t cap = 3'000'000;           // tokens of jobs that have not ended
  std::optional<std::int64_t> told{cap};  // what the person told us of it
  int jobs = 100;                         // jobs that have not ended
  bool cap_moves = false;                 // between 30 and 100 % of it, every few hours
  std::optional<double> falls_to;         // a share of the cap: from hour 2 to hour 6
  int creations = 0;                      // at most so many …
  Duration per = minutes{15};             // … in so long; 0: any number
  std::int64_t day_tokens = 0;            // created between two midnights in Los Angeles; 0: any number
  bool day_is_named = false;              // its refusal says so, with a retry hint of 5 s
  Duration late{};                        // an ended job counts so much longer

  // How the service runs and fails.
  double fifo_speed = 0;  // tokens a second, one job after another; 0: every job by itself
  bool outages = false;
  double lost_answers = 0;  // share of the creates that take effect and are not answered
};

/// S1 to S9 of the study (see README, "Measured").
const std::vector<Scenario>& scenarios();

/// One of them, or one of the few others that tests name; throws when there is none.
const Scenario& scenario_named(const std::string& name);

}  // namespace batchctl::sim
