// The block that shows how runs stand while a command works: what its lines say, and how they are drawn in place.
//
// What is shown is a pure function of facts, size and time; drawing only moves a cursor. A block never fills the whole
// screen, so that it never scrolls, and no line reaches the last column, so that no terminal wraps it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/report.hpp"
#include "cli/viewpoint.hpp"

namespace batchctl::cli {

struct ScreenSize {
  int columns = 80, rows = 24;
  bool operator==(const ScreenSize&) const = default;
};

/// One run: its name, state and end; a bar of its chunks; chunks, jobs, records, tokens, cost, the next event. What
/// does not fit into the height is left out from the least important on. Several runs: a line each.
std::vector<std::string> block_lines(const std::vector<app::RunReport>& reports, ScreenSize size,
                                     const Viewpoint& view);

/// Draws lines over those that it drew before. Knows nothing of what else is written: `erase` comes first.
class Block {
 public:
  Block(std::function<void(const std::string&)> write, std::function<ScreenSize()> size)
      : write_(std::move(write)), size_(std::move(size)) {}

  ScreenSize size() const { return size_(); }
  /// Writes nothing when the lines are there already.
  void draw(const std::vector<std::string>& lines);
  /// Takes the block away; the cursor stands where it began.
  void erase();
  bool is_drawn() const { return !widths_.empty(); }

 private:
  /// Back to its first column and row. A terminal that became narrower has wrapped what was drawn.
  std::string go_back() const;

  std::function<void(const std::string&)> write_;
  std::function<ScreenSize()> size_;
  std::vector<std::size_t> widths_;  // of the lines that are drawn
  std::vector<std::string> drawn_;
  ScreenSize drawn_size_{};
};

}  // namespace batchctl::cli
