// How a run stands, computed from what is stored: one word, and why it waits. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/chunk_machine.hpp"
#include "core/run.hpp"
#include "plan/quota.hpp"

namespace batchctl::plan {

/// Why no job can be created now, in the form of the JSON's `pause`.
struct Pause {
  std::string reason;  // RESOURCE_EXHAUSTED: the service said so; QUOTA_FULL: our own limit; OUTAGE …
  PauseKind kind = PauseKind::unknown;
  std::optional<std::string> quota_id;
  std::string message;  // the service's own words, or ours
  std::optional<Instant> since;
  std::optional<Instant> resume_at;  // the earliest create that needs no ended job
};

/// The pause behind a closed gate; nullopt when the gate is open or closed for moments only (group, in flight).
std::optional<Pause> pause_behind(const Admission& admission, const QuotaView& quota, const Limits& limits);

struct RunFacts {
  std::array<std::int64_t, kChunkStates> chunks{};  // by ChunkState
  std::int64_t records_failed = 0;
  std::int64_t repairs_due = 0;  // records that are repaired without being asked, once every chunk rests
  bool cancel_requested = false;
  std::int64_t behind_pilot = 0;  // chunks that wait for the run's release, of those without a job
  bool stopped = false;           // a person must act
  bool paused = false;            // pause_behind() gave one
};

std::int64_t chunks_left(const RunFacts& facts);  // not yet submitted and not resting
bool all_rest(const RunFacts& facts);
/// Every chunk rests, and no repair follows.
bool is_over(const RunFacts& facts);
/// Everything that may go has its job; the rest waits for a person's word.
bool awaits_release(const RunFacts& facts);
/// And nothing is left to bring home either.
bool only_release_helps(const RunFacts& facts);

RunState run_state(const RunFacts& facts);

/// The exit code that `resume` would end with in this state.
ExitCode exit_of(RunState state);

}  // namespace batchctl::plan
