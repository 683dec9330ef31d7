// One reading of the service's job list: what it looks for, and what it has found.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "app/driver.hpp"
#include "base/time.hpp"
#include "core/chunk.hpp"

namespace batchctl::app {

struct Driver::ListPass {
  bool complete = false;  // must read to the last page: it proves absences
  Instant began;
  std::string next_page;
  int tries = 0;  // of the page under way
  bool proves_nothing = false;
  bool is_unreachable = false;              // there was no answer at all
  std::unordered_set<std::string> pages;    // tokens asked for: a list that goes round in circles is no list
  std::unordered_map<JobName, Job> unseen;  // live jobs not seen yet (of every run of the project)
  std::vector<ChunkKey> sought;             // reconciling chunks that were due when the pass began
  std::map<ChunkKey, Observation> found;    // of those: the oldest job of each
  std::vector<Observation> strays;          // jobs with this run's mark whose names no row knows
  std::optional<Instant> back_to;           // reads on until a page reaches jobs made before this
  std::int64_t creates_before = 0;          // how many creates this driver had begun
  bool counts_others = false;               // reads on to where no active job can be any more
  int others_active = 0;
  int left_alone = 0;  // jobs with this run's mark that are not ours by what is recorded
};

}  // namespace batchctl::app
