// THE TABLE: the life of a Chunk, every state, every event, nothing else.
//
// A Chunk moves only by a row of this table, and each move is one transaction together with its journal row. Harmless
// repeats have rows of their own; a pair without a row is a bug and says so. The README's matrix is printed from it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace batchctl {

enum class ChunkState {
  planned,      // cut and hashed; nothing of it is at the service that counts
  uploading,    // a file row says that bytes may be on their way, or there
  uploaded,     // the file is there and its hash agrees
  creating,     // the intent is stored; the create may be on its way
  reconciling,  // nobody knows whether the create took effect; it is being found out
  submitted,    // a job of ours exists
  fetching,     // the job ended; its output is being brought home
  done,         // results are stored
  failed,       // the service's clear verdict, or a spent limit
  cancelling,   // a person wants it stopped; the job is not over yet
  cancelled,    // stopped; what had finished is kept
};
inline constexpr std::size_t kChunkStates = 11;

enum class ChunkEvent {
  upload_started,     // a file row exists, bytes may flow
  upload_confirmed,   // the service holds the bytes and the hash agrees
  upload_retried,     // no verdict: the same generation again, later
  upload_refused,     // the storage is full
  upload_superseded,  // what is there under this name is not ours: the next generation
  upload_rejected,    // the service will never take this file
  file_aged,          // too old to create from
  intent_stored,      // from here on a create may take effect
  create_succeeded,   // a readable name came back
  create_unclear,     // no readable verdict: it may have taken effect
  create_not_sent,    // stopped before the first byte of the request
  create_refused,     // a definite 429: nothing was made
  create_stopped,     // key, billing, permission, model: a person must act
  create_rejected,    // the service's verdict on what was sent
  create_lost_file,   // the service does not find our file
  job_found,          // our job is in the list
  job_absent,         // two complete passes did not show it
  job_ended,          // terminal, and there may be output
  attempt_failed,     // terminal without any answer, an attempt is left
  attempts_spent,     // terminal without any answer, no attempt is left
  job_vanished,       // the service no longer knows the job, though the key reads others
  job_cancelled,      // terminal without output, cancelled
  fetch_retried,      // the output could not be brought home this time
  output_gone,        // the service no longer has the output
  results_stored,     // verified, synced, recorded (from submitted: those of another job of the chunk)
  partial_stored,     // the same, of a job that was cancelled before it was over
  cancel_requested,   // a person said stop
  chunk_halved,       // it can never fit into the quota: two new chunks take over its records
};
inline constexpr std::size_t kChunkEvents = 28;

/// What a row does to the hold (tokens and a job slot) beside moving the Chunk.
enum class HoldEffect {
  none,
  take,     // a job row is inserted, hold = intent
  doubt,    // hold = unknown: still counted
  keep,     // hold = live
  release,  // hold = none
};

struct ChunkRow {
  ChunkState from;
  ChunkEvent event;
  ChunkState to;
  HoldEffect hold;
};

// clang-format off
inline constexpr std::array kChunkTable = [] { using enum ChunkState; using enum ChunkEvent; return std::array{
    ChunkRow{planned,     upload_started,    uploading,   HoldEffect::none},
    ChunkRow{planned,     job_found,         submitted,   HoldEffect::keep},
    ChunkRow{planned,     results_stored,    done,        HoldEffect::none},
    ChunkRow{planned,     cancel_requested,  cancelled,   HoldEffect::none},

    ChunkRow{uploading,   upload_confirmed,  uploaded,    HoldEffect::none},
    ChunkRow{uploading,   upload_retried,    uploading,   HoldEffect::none},
    ChunkRow{uploading,   upload_refused,    planned,     HoldEffect::none},
    ChunkRow{uploading,   upload_superseded, planned,     HoldEffect::none},
    ChunkRow{uploading,   upload_rejected,   failed,      HoldEffect::none},
    ChunkRow{uploading,   job_found,         submitted,   HoldEffect::keep},
    ChunkRow{uploading,   cancel_requested,  cancelled,   HoldEffect::none},

    ChunkRow{uploaded,    intent_stored,     creating,    HoldEffect::take},
    ChunkRow{uploaded,    file_aged,         planned,     HoldEffect::none},
    ChunkRow{uploaded,    job_found,         submitted,   HoldEffect::keep},
    ChunkRow{uploaded,    results_stored,    done,        HoldEffect::none},
    ChunkRow{uploaded,    cancel_requested,  cancelled,   HoldEffect::none},
    ChunkRow{uploaded,    chunk_halved,      cancelled,   HoldEffect::none},

    ChunkRow{creating,    create_succeeded,  submitted,   HoldEffect::keep},
    ChunkRow{creating,    create_unclear,    reconciling, HoldEffect::doubt},
    ChunkRow{creating,    create_not_sent,   uploaded,    HoldEffect::release},
    ChunkRow{creating,    create_refused,    uploaded,    HoldEffect::release},
    ChunkRow{creating,    create_stopped,    uploaded,    HoldEffect::release},
    ChunkRow{creating,    create_rejected,   failed,      HoldEffect::release},
    ChunkRow{creating,    create_lost_file,  planned,     HoldEffect::release},

    ChunkRow{reconciling, job_found,         submitted,   HoldEffect::keep},
    ChunkRow{reconciling, job_absent,        uploaded,    HoldEffect::release},

    ChunkRow{submitted,   job_ended,         fetching,    HoldEffect::release},
    ChunkRow{submitted,   attempt_failed,    uploaded,    HoldEffect::release},
    ChunkRow{submitted,   attempts_spent,    failed,      HoldEffect::release},
    ChunkRow{submitted,   results_stored,    done,        HoldEffect::release},
    ChunkRow{submitted,   job_vanished,      done,        HoldEffect::release},
    ChunkRow{submitted,   job_cancelled,     cancelled,   HoldEffect::release},
    ChunkRow{submitted,   cancel_requested,  cancelling,  HoldEffect::none},

    ChunkRow{fetching,    results_stored,    done,        HoldEffect::none},
    ChunkRow{fetching,    partial_stored,    cancelled,   HoldEffect::none},
    ChunkRow{fetching,    fetch_retried,     fetching,    HoldEffect::none},
    ChunkRow{fetching,    output_gone,       done,        HoldEffect::none},
    ChunkRow{fetching,    attempt_failed,    uploaded,    HoldEffect::none},
    ChunkRow{fetching,    attempts_spent,    failed,      HoldEffect::none},

    ChunkRow{cancelling,  job_ended,         fetching,    HoldEffect::release},
    ChunkRow{cancelling,  job_cancelled,     cancelled,   HoldEffect::release},
    ChunkRow{cancelling,  job_vanished,      cancelled,   HoldEffect::release},
    ChunkRow{cancelling,  cancel_requested,  cancelling,  HoldEffect::none},
}; }();
// clang-format on

inline constexpr std::array<std::string_view, kChunkStates> kChunkStateNames = {
    "planned",  "uploading", "uploaded", "creating",   "reconciling", "submitted",
    "fetching", "done",      "failed",   "cancelling", "cancelled"};

inline constexpr std::array<std::string_view, kChunkEvents> kChunkEventNames = {
    "upload_started", "upload_confirmed", "upload_retried",   "upload_refused", "upload_superseded", "upload_rejected",
    "file_aged",      "intent_stored",    "create_succeeded", "create_unclear", "create_not_sent",   "create_refused",
    "create_stopped", "create_rejected",  "create_lost_file", "job_found",      "job_absent",        "job_ended",
    "attempt_failed", "attempts_spent",   "job_vanished",     "job_cancelled",  "fetch_retried",     "output_gone",
    "results_stored", "partial_stored",   "cancel_requested", "chunk_halved"};

constexpr std::string_view name_of(ChunkState state) { return kChunkStateNames[static_cast<std::size_t>(state)]; }
constexpr std::string_view name_of(ChunkEvent event) { return kChunkEventNames[static_cast<std::size_t>(event)]; }

constexpr std::optional<ChunkState> chunk_state_named(std::string_view name) {
  for (std::size_t i = 0; i < kChunkStates; ++i)
    if (kChunkStateNames[i] == name) return static_cast<ChunkState>(i);
  return std::nullopt;
}

/// The row for this pair; nullptr means that it cannot happen.
constexpr const ChunkRow* find_row(ChunkState from, ChunkEvent event) {
  for (const ChunkRow& row : kChunkTable)
    if (row.from == from && row.event == event) return &row;
  return nullptr;
}

/// A resting state needs nothing more from batchctl.
constexpr bool is_resting(ChunkState state) {
  return state == ChunkState::done || state == ChunkState::failed || state == ChunkState::cancelled;
}

namespace chunk_table_proof {

constexpr bool pairs_are_unique() {
  for (std::size_t i = 0; i < kChunkTable.size(); ++i)
    for (std::size_t j = i + 1; j < kChunkTable.size(); ++j)
      if (kChunkTable[i].from == kChunkTable[j].from && kChunkTable[i].event == kChunkTable[j].event) return false;
  return true;
}

constexpr std::array<bool, kChunkStates> reachable_from(ChunkState start) {
  std::array<bool, kChunkStates> seen{};
  seen[static_cast<std::size_t>(start)] = true;
  for (std::size_t pass = 0; pass < kChunkStates; ++pass)
    for (const ChunkRow& row : kChunkTable)
      if (seen[static_cast<std::size_t>(row.from)]) seen[static_cast<std::size_t>(row.to)] = true;
  return seen;
}

constexpr bool every_state_is_reachable() {
  for (bool seen : reachable_from(ChunkState::planned))
    if (!seen) return false;
  return true;
}

constexpr bool every_state_can_rest() {
  using enum ChunkState;
  for (std::size_t i = 0; i < kChunkStates; ++i) {
    const auto seen = reachable_from(static_cast<ChunkState>(i));
    if (!seen[static_cast<std::size_t>(done)] && !seen[static_cast<std::size_t>(failed)] &&
        !seen[static_cast<std::size_t>(cancelled)])
      return false;
  }
  return true;
}

constexpr bool every_event_is_used() {
  for (std::size_t i = 0; i < kChunkEvents; ++i) {
    bool used = false;
    for (const ChunkRow& row : kChunkTable) used = used || row.event == static_cast<ChunkEvent>(i);
    if (!used) return false;
  }
  return true;
}

constexpr bool resting_states_rest() {
  for (const ChunkRow& row : kChunkTable)
    if (is_resting(row.from)) return false;
  return true;
}

static_assert(pairs_are_unique(), "two rows share (from, event)");
static_assert(every_state_is_reachable(), "a state cannot be reached from planned");
static_assert(every_state_can_rest(), "a state cannot come to rest");
static_assert(every_event_is_used(), "an event has no row");
static_assert(resting_states_rest(), "a resting state moves");

}  // namespace chunk_table_proof

}  // namespace batchctl
