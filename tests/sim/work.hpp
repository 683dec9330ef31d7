// The chunks of a simulated run and how long the service works on each. All of it follows from the seed and the chunk's
// number, so that every policy meets the same luck.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "sim/scenario.hpp"

namespace batchctl::sim {

struct Piece {
  int number = 0;
  std::int64_t estimate = 0;  // what the policy knows
  std::int64_t tokens = 0;    // what the service counts
  int records = 0;
  int failing = 0;  // records that need to be asked again
  int round = 0;    // 0: of the input; 1, 2: asks again
  Duration job_time{};
};

class Work {
 public:
  Work(const Scenario& scenario, std::uint64_t seed);

  const Piece& piece(int number) const { return pieces_[static_cast<std::size_t>(number)]; }
  int size() const { return static_cast<int>(pieces_.size()); }

  /// The results of a piece are here: its failing records are collected, at most for two rounds.
  void ended(int number);
  /// A new piece of collected records: when a whole chunk of them is there, or whatever there is once
  /// `rest_is_created`.
  std::optional<int> repair(bool rest_is_created);

 private:
  Piece make(int number, std::int64_t estimate, int records, int round) const;

  const Scenario& scenario_;
  std::uint64_t seed_;
  std::vector<Piece> pieces_;
  int collected_records_ = 0;
  int collected_round_ = 1;
  std::int64_t collected_tokens_ = 0;
};

double normal(Random& random);

}  // namespace batchctl::sim
