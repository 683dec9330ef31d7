// A job in the service's list that carries the run's mark although no row knows its name: whose is it?
//
// Creating is not idempotent and the service documents no bound for a late effect, so this is the net below the wait
// and the two readings of the list: a job is taken, cancelled or left alone by what the journal's intents say of it.
#pragma once

#include <optional>
#include <vector>

#include "core/chunk.hpp"

namespace batchctl::plan {

/// One of the chunk's intents, with the name of the file that it was to be made from.
struct Intent {
  Job job;
  RemoteFileName file;
};

enum class Stray {
  awaited,    // an intent of that name is open: its answer, or the reconciling, will name it
  ours,       // made for an intent that seemed to have come to nothing: its chunk takes it
  duplicate,  // made for an intent of ours, in its time, beside the job that is recorded: it is cancelled
  untold,     // what its chunk would still have to create, and no intent tells of it: this database is older than it
  impostor,   // the very name that its chunk would create, made from a file that is not ours: a person must look
  foreign,    // nothing here tells that it is ours: shown, never taken, never cancelled
};

/// What is compared with. A create takes effect within `window` after its intent (S + D + G of the create protocol).
struct Known {
  const Chunk& chunk;
  const std::vector<Intent>& intents;  // of the chunk, every attempt
  bool is_our_file = false;            // the job's input is a file of this chunk, or would be its next generation
  Duration window;
  Duration slack;  // what our clock and the service's may differ by
};

/// `made_at` is the job's createTime on our clock. No create may follow a job of its own name that was seen and is not
/// recorded: while the chunk could make it, the verdict is never `foreign`.
Stray judge_stray(const Observation& seen, std::optional<Instant> made_at, const JobMark& mark, const Known& known);

/// A chunk in this state takes a job that was found, since it has none and would make one.
constexpr bool may_take_job(ChunkState state) {
  return find_row(state, ChunkEvent::job_found) != nullptr && state != ChunkState::reconciling;
}

}  // namespace batchctl::plan
