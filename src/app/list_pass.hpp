// One reading of the service's job list: what it looks for, and what it has found.
#pragma once

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
  std::unordered_set<std::string> pages;    // tokens asked for: a list that goes round in circles is no list
  std::unordered_map<JobName, Job> unseen;  // live jobs not seen yet (of every run of the project)
  std::vector<ChunkKey> sought;             // reconciling chunks that were due when the pass began
  int others_active = 0;
};

}  // namespace batchctl::app
