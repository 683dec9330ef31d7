// The state file as the judge reads it, by its own SQL: whether it is sound, and where everything stands.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace batchctl::torture {

struct ChunkRow {
  int index = 0;
  bool is_repair = false;
  std::set<std::int64_t> records;
  std::string state;
};

struct StateFile {
  std::string wrong;   // what is not sound; empty when nothing is
  std::string run_id;  // empty: no run is stored
  std::int64_t epoch = 0;
  std::vector<ChunkRow> chunks;
  std::int64_t moves = 0;                        // that are committed
  std::string last_state;                        // where the last of them brought its chunk
  std::map<std::string, std::string> jobs;       // display names by the service's names
  std::int64_t holds = 0;                        // jobs that hold quota
  std::map<int, std::set<std::int64_t>> not_ok;  // records that a result of the chunk of this index said so of
};

/// Reads without a trace where that can be: what a dead process left in the write-ahead log stays there for the next
/// one. No file, or one without tables yet, is sound and empty.
StateFile read_state_file(const std::string& path);

}  // namespace batchctl::torture
