// --status-file: how the runs of this process stand, in a file that is rewritten after each change.
//
// Stands before the observer that it is given and hands everything on. Written at most once a second of wall time, less
// often where that would take more than a tenth of it; what changed in between follows at the next `catch_up`, which
// also writes when nothing was said for 15 s: what was observed of jobs is no move. A file that cannot be written is
// told once and stops nothing: jobs are worth more than their picture.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ports/local_files.hpp"
#include "ports/observer.hpp"

namespace batchctl::cli {

class StatusFile : public Observer {
 public:
  /// The document of these runs, in this order.
  using Document = std::function<std::string(const std::vector<RunKey>& runs)>;

  StatusFile(Observer& next, LocalFiles& files, int pid, Document document)
      : next_(next), files_(files), document_(std::move(document)), pid_(pid) {}

  void moved(const Move& move) override;
  void says(const Run& run, const std::string& line) override;
  void turned(const Run& run) override { next_.turned(run); }

  /// Something about the run is new.
  void changed(const Run& run);
  /// Writes what is due.
  void catch_up();
  /// Writes everything, due or not.
  void finish();

 private:
  struct Picture {
    std::vector<RunKey> runs;
    bool stale = true;
    std::chrono::steady_clock::time_point due{}, old_at{};
  };

  void write(const std::string& path, Picture& picture);

  Observer& next_;
  LocalFiles& files_;
  Document document_;
  int pid_;
  std::map<std::string, Picture> pictures_;  // by path
  bool writing_ = false, warned_ = false;
};

}  // namespace batchctl::cli
