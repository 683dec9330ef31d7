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
  foreign,    // nothing here tells that it is ours: shown, never taken, never cancelled
};

/// `made_at` is the job's createTime on our clock. A create takes effect within `window` after its intent (S + D + G of
/// the create protocol); `slack` is what the two clocks may differ by.
Stray judge_stray(const Observation& seen, std::optional<Instant> made_at, const JobMark& mark, const Chunk& chunk,
                  const std::vector<Intent>& intents, Duration window, Duration slack);

/// A chunk in this state takes a job that was found, since it has none and would make one.
constexpr bool may_take_job(ChunkState state) {
  return find_row(state, ChunkEvent::job_found) != nullptr && state != ChunkState::reconciling;
}

}  // namespace batchctl::plan
