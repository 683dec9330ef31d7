// What a job's end means for its chunk. Pure.
#pragma once

#include <optional>
#include <string>

#include "core/chunk.hpp"

namespace batchctl::plan {

inline constexpr int kMaxAttempts = 3;        // sendings of one chunk's body
inline constexpr int kMaxGenerations = 3;     // uploads that the service refused to know
inline constexpr int kMaxFetchTries = 5;      // then the next round
inline constexpr int kBadEndsBeforeStop = 2;  // expired or failed in a row: a person looks
// SUCCEEDED before the output's name: it is asked for so often, or, a day after the end, so often.
inline constexpr int kOutputLooks = 10;
inline constexpr int kLateOutputLooks = 2;
inline constexpr Duration kOutputIsLate = hours{24};

/// Jobs expire after 48 h; one that is neither ended nor expired so long after its intent needs a person.
inline constexpr Duration kStuckAfter = hours{72};

struct Ending {
  std::optional<ChunkEvent> event;  // nullopt: look again later
  bool person_must_look = false;    // the run stops with exit 4 after this move
  std::string why;
};

/// `job` has ended by its newest observation; `looks` is how often this process has asked for its output's name.
Ending ending_of(const Job& job, int looks, Instant now);

/// The output is here and holds no answer at all, of a job that failed or expired: try again or give up.
Ending ending_without_answers(const Job& job);

}  // namespace batchctl::plan
