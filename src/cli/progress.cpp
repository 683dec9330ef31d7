#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "base/drawn.hpp"
#include "base/harmless.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/documents.hpp"
#include "cli/phrases.hpp"

namespace batchctl::cli {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kCalm{500};  // between two drawings
constexpr std::chrono::seconds kOld{1};          // then the times in it are
constexpr int kSparing = 9;                      // times as long as a drawing took is left to the work
constexpr std::chrono::seconds kSlowest{60};

void event_line(const nlohmann::ordered_json& event) {
  fmt::print("{}\n", to_line(event));
  std::fflush(stdout);
}

}  // namespace

Progress::~Progress() { stop_drawing(); }

void Progress::stop_drawing() {
  if (!block_) return;
  step_aside();
  erase_before_lines({});
  block_.reset();
}

void Progress::draw_with(std::function<std::vector<std::string>(ScreenSize)> lines,
                         std::function<void(const std::string&)> write, std::function<ScreenSize()> size) {
  lines_ = std::move(lines);
  block_.emplace(std::move(write), std::move(size));
  erase_before_lines([this] { step_aside(); });
}

void Progress::moved(const Move& move) {
  const auto from = name_of(move.chunk.state);
  log(LogLevel::info, "chunk {}/{}: {} -> {} ({}{}{})", move.run.name, move.chunk.index, from, name_of(move.to),
      name_of(move.event), move.why.empty() ? "" : ": ", move.why);
  if (json_)
    event_line({{"event", "moved"},
                {"run", move.run.name},
                {"chunk", move.chunk.index},
                {"from", std::string(from)},
                {"to", std::string(name_of(move.to))},
                {"cause", std::string(name_of(move.event))},
                {"why", move.why}});
  stale_ = true;
  if (block_) return tick();
  const auto now = SteadyClock::now();
  if (quiet_ || !tally_ || now < next_line_) return;
  next_line_ = now + pace_;
  pace_ = std::min(2 * pace_, kSlowest);
  fmt::print(stderr, "{}: {}\n", move.run.name, chunk_words(tally_(move.run.key)));
}

void Progress::says(const Run& run, const std::string& line) {
  if (json_) event_line({{"event", "note"}, {"run", run.name}, {"message", redacted(line)}});
  if (quiet_) return;
  step_aside();
  fmt::print(stderr, "{}: {}\n", run.name, redacted(one_line(line)));
}

void Progress::tick() {
  if (!block_ || drawing_) return;
  const auto now = SteadyClock::now();
  if (!block_->is_drawn() || block_->size() != drawn_size_ || now >= (stale_ ? due_ : old_at_)) draw();
}

void Progress::draw() {
  drawing_ = true;
  const auto began = SteadyClock::now();
  try {
    drawn_size_ = block_->size();
    const std::vector<std::string> lines = lines_(drawn_size_);
    if (lines.empty())
      block_->erase();
    else
      block_->draw(lines);
    stale_ = false;
  } catch (const std::exception& problem) {
    // Jobs are worth more than their picture.
    erase_before_lines({});
    block_.reset();
    log(LogLevel::warn, "progress is not shown any more: {}", problem.what());
    drawing_ = false;
    return;
  }
  const auto ended = SteadyClock::now();
  due_ = ended + std::max<SteadyClock::duration>(kCalm, kSparing * (ended - began));
  old_at_ = std::max<SteadyClock::time_point>(due_, ended + kOld);
  drawing_ = false;
}

void Progress::step_aside() {
  if (block_) block_->erase();
}

}  // namespace batchctl::cli
