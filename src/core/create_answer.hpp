// What an answer to a create means: the only way out of `creating`.
//
// The service's room reads bytes as one of these words; this table says what the Chunk and the run do with it.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/chunk_machine.hpp"

namespace batchctl {

enum class CreateAnswer {
  created,    // 2xx with a readable name
  unclear,    // 2xx unreadable, 3xx, 408, 499, 5xx, time-out or cut after the first request byte, process found dead
  not_sent,   // no connection, or stopped before the first request byte
  refused,    // 429
  stopped,    // key, permission, billing, failed precondition, unknown model
  rejected,   // 400 about what was sent: a bad line, the schema, the size
  lost_file,  // 403 or 404 about the input file
};
inline constexpr std::size_t kCreateAnswers = 7;

enum class RunEffect {
  none,
  others_go_on,     // only this chunk waits
  outage_breaker,   // the service cannot be reached: back off
  quota_breaker,    // by the kind of the refusal
  stop,             // exit 4
  stop_if_second,   // two rejected chunks in a row: exit 4
  next_generation,  // upload anew, at most kMaxGenerations
};

struct CreateAnswerRow {
  CreateAnswer answer;
  ChunkEvent event;
  RunEffect run;
};

// clang-format off
inline constexpr auto kCreateAnswerTable = [] { using enum ChunkEvent; return std::array<CreateAnswerRow, kCreateAnswers>{{
    {CreateAnswer::created,   create_succeeded, RunEffect::none},
    {CreateAnswer::unclear,   create_unclear,   RunEffect::others_go_on},
    {CreateAnswer::not_sent,  create_not_sent,  RunEffect::outage_breaker},
    {CreateAnswer::refused,   create_refused,   RunEffect::quota_breaker},
    {CreateAnswer::stopped,   create_stopped,   RunEffect::stop},
    {CreateAnswer::rejected,  create_rejected,  RunEffect::stop_if_second},
    {CreateAnswer::lost_file, create_lost_file, RunEffect::next_generation},
}}; }();
// clang-format on

constexpr const CreateAnswerRow& row_of(CreateAnswer answer) {
  return kCreateAnswerTable[static_cast<std::size_t>(answer)];
}

namespace create_table_proof {

constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < kCreateAnswers; ++i)
    if (static_cast<std::size_t>(kCreateAnswerTable[i].answer) != i) return false;
  return true;
}

constexpr bool every_answer_leaves_creating() {
  for (const CreateAnswerRow& row : kCreateAnswerTable) {
    // Not by find_row: under -fsanitize=undefined g++ 12 takes no comparison of its pointer with null for a constant.
    bool leaves = false;
    for (const ChunkRow& move : kChunkTable)
      if (move.from == ChunkState::creating && move.event == row.event) leaves = move.to != ChunkState::creating;
    if (!leaves) return false;
  }
  return true;
}

constexpr bool nothing_else_leaves_creating() {
  std::size_t ways = 0;
  for (const ChunkRow& row : kChunkTable) ways += row.from == ChunkState::creating ? 1U : 0U;
  return ways == kCreateAnswers;
}

static_assert(rows_stand_in_order(), "row_of() relies on the order");
static_assert(every_answer_leaves_creating(), "an answer has no way out of creating");
static_assert(nothing_else_leaves_creating(), "a way out of creating that is no answer");

}  // namespace create_table_proof

}  // namespace batchctl
