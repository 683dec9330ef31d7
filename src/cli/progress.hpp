// Progress on stderr, events on stdout with --json.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/block.hpp"
#include "ports/observer.hpp"
#include "ports/store.hpp"

namespace batchctl::cli {

/// On a terminal one block that is redrawn in place; elsewhere plain lines of how the chunks stand, the first after a
/// moment and then ever more seldom, down to one in a minute. Each remark is a line of its own, at once.
class Progress : public Observer {
 public:
  Progress(bool quiet, bool json) : quiet_(quiet), json_(json) {}
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// How the chunks of a run stand; asked only when a line is due.
  void count_with(std::function<ChunkTally(RunKey)> tally) { tally_ = std::move(tally); }
  /// From now on a block: `lines` says what it shows in this size. Log lines take it away first.
  void draw_with(std::function<std::vector<std::string>(ScreenSize)> lines,
                 std::function<void(const std::string&)> write, std::function<ScreenSize()> size);
  bool draws() const { return block_.has_value(); }

  void moved(const Move& move) override;
  void says(const Run& run, const std::string& line) override;
  /// Redraws what is old or of another size; to be called often.
  void tick();
  /// Takes the block away, so that something else can be written; the next `tick` draws it again.
  void step_aside();
  /// No block any more.
  void stop_drawing();

 private:
  void draw();

  bool quiet_, json_;
  std::function<ChunkTally(RunKey)> tally_;
  std::function<std::vector<std::string>(ScreenSize)> lines_;
  std::optional<Block> block_;
  ScreenSize drawn_size_{0, 0};
  bool stale_ = true, drawing_ = false;
  std::chrono::steady_clock::time_point due_{}, old_at_{}, next_line_{};
  std::chrono::seconds pace_{2};
};

}  // namespace batchctl::cli
