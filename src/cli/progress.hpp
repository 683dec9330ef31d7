// Progress on stderr, events on stdout with --json.
#pragma once

#include <chrono>
#include <functional>

#include "ports/observer.hpp"
#include "ports/store.hpp"

namespace batchctl::cli {

/// Plain lines at a calm pace: how the chunks stand, at most every two seconds of wall time, and each remark at once.
class Progress : public Observer {
 public:
  Progress(bool quiet, bool json) : quiet_(quiet), json_(json) {}

  /// How the chunks of a run stand; asked only when a line is due.
  void count_with(std::function<ChunkTally(RunKey)> tally) { tally_ = std::move(tally); }

  void moved(const Move& move) override;
  void says(const Run& run, const std::string& line) override;

 private:
  bool quiet_, json_;
  std::function<ChunkTally(RunKey)> tally_;
  std::chrono::steady_clock::time_point last_line_{};
};

}  // namespace batchctl::cli
