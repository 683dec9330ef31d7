// What became of the records that others are the same as, kept in a file until those others come: a merge may need any
// earlier one, and memory does not grow with them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/record.hpp"
#include "records/source_index.hpp"

namespace batchctl {

/// What the outcomes of many records share: the file their lines are in, or, without one, why there is none.
struct OutcomePlace {
  std::string raw_path;  // empty: no line
  std::string job;       // empty: there was none
  int attempt = 0;
  std::optional<std::int64_t> code;  // these two without a line
  std::string message;
  auto key() const { return std::tie(raw_path, job, attempt, code, message); }
  bool operator<(const OutcomePlace& other) const { return key() < other.key(); }
};

class RepeatedOutcomes {
 public:
  /// Makes the file `path` when the first outcome is kept, and takes its name away at once.
  explicit RepeatedOutcomes(std::string path) : path_(std::move(path)) {}

  /// By record, ascending, else Bug. `line.status` is the outcome's; the rest of it counts with a raw path.
  void keep(const IndexedLine& line, const OutcomePlace& place);

  struct Kept {
    IndexedLine line;
    const OutcomePlace* place = nullptr;
  };
  /// nullopt when none of this record is kept. Throws Fatal{failed, "disk"}, as `keep` does.
  std::optional<Kept> find(std::int64_t record);

 private:
  struct Entry {
    std::int64_t record = 0;
    std::uint64_t offset = 0, bytes = 0;
    std::uint32_t place = 0, status = 0;
  };
  void write();
  void read_block(std::size_t block);
  [[noreturn]] void fail(int reason) const;

  std::string path_;
  FileHandle file_;
  std::vector<std::int64_t> first_in_block_;  // of each block in the file
  std::vector<Entry> waiting_;                // behind those that are written; less than a block
  std::vector<Entry> block_;                  // the one that was read last
  std::size_t block_read_ = 0;                // its number, from 1; 0: none yet
  std::int64_t last_record_ = -1;
  std::map<OutcomePlace, std::uint32_t> places_;
  std::vector<const OutcomePlace*> place_by_number_;
};

}  // namespace batchctl
