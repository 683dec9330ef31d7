#include "cli/status_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "base/drawn.hpp"
#include "base/log.hpp"
#include "cli/whole_file.hpp"

namespace batchctl::cli {

namespace {

constexpr std::chrono::seconds kAtMostOnce{1};
constexpr std::chrono::seconds kOld{15};
constexpr int kSparing = 9;  // times as long as a writing took is left to the work

}  // namespace

void StatusFile::moved(const Move& move) {
  next_.moved(move);
  changed(move.run);
}

void StatusFile::says(const Run& run, const std::string& line) {
  next_.says(run, line);
  changed(run);
}

void StatusFile::changed(const Run& run) {
  if (!run.options.status_file) return;
  Picture& picture = pictures_[*run.options.status_file];
  if (std::find(picture.runs.begin(), picture.runs.end(), run.key) == picture.runs.end())
    picture.runs.push_back(run.key);
  picture.stale = true;
  catch_up();
}

void StatusFile::catch_up() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& [path, picture] : pictures_)
    if (now >= (picture.stale ? picture.due : picture.old_at)) write(path, picture);
}

void StatusFile::finish() {
  for (auto& [path, picture] : pictures_) write(path, picture);
}

void StatusFile::write(const std::string& path, Picture& picture) {
  if (writing_) return;
  writing_ = true;
  const auto began = std::chrono::steady_clock::now();
  try {
    write_whole(files_, path, document_(picture.runs), pid_);
    picture.stale = false;
  } catch (const std::exception& problem) {
    if (!warned_) erase_what_is_drawn();
    if (!warned_) fmt::print(stderr, "the status file is not kept: {}\n", redacted(problem.what()));
    warned_ = true;
  }
  const auto ended = std::chrono::steady_clock::now();
  picture.due = ended + std::max<std::chrono::steady_clock::duration>(kAtMostOnce, kSparing * (ended - began));
  picture.old_at = picture.due + kOld;
  writing_ = false;
}

}  // namespace batchctl::cli
