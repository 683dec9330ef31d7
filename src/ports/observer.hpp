// The door to whoever watches: progress lines, events, the log.
#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"
#include "core/chunk.hpp"
#include "core/refusal.hpp"
#include "core/run.hpp"

namespace batchctl {

/// One move of a chunk, after it was committed.
struct Move {
  const Run& run;
  const Chunk& chunk;  // before the move
  ChunkState to;
  ChunkEvent event;
  std::string why;
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void moved(const Move& move) = 0;
  /// Something worth one line that is no move: a pause, a warning, what is being waited for.
  virtual void says(const Run& run, const std::string& line) = 0;
  /// A turn of the run's driver is over, whatever it did; nothing is being written.
  virtual void turned(const Run& run) { static_cast<void>(run); }
};

}  // namespace batchctl
