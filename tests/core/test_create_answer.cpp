#include <doctest/doctest.h>

#include "core/create_answer.hpp"

using namespace batchctl;

namespace {

ChunkState chunk_after(CreateAnswer answer) { return find_row(ChunkState::creating, row_of(answer).event)->to; }

}  // namespace

TEST_CASE("each answer to a create moves the chunk and the run as promised") {
  struct Promise {
    CreateAnswer answer;
    ChunkState chunk;
    RunEffect run;
  };
  const Promise promises[] = {
      {CreateAnswer::created, ChunkState::submitted, RunEffect::none},
      {CreateAnswer::unclear, ChunkState::reconciling, RunEffect::others_go_on},
      {CreateAnswer::not_sent, ChunkState::uploaded, RunEffect::outage_breaker},
      {CreateAnswer::refused, ChunkState::uploaded, RunEffect::quota_breaker},
      {CreateAnswer::stopped, ChunkState::uploaded, RunEffect::stop},
      {CreateAnswer::rejected, ChunkState::failed, RunEffect::stop_if_second},
      {CreateAnswer::lost_file, ChunkState::planned, RunEffect::next_generation},
  };
  CHECK(std::size(promises) == kCreateAnswers);
  for (const Promise& promise : promises) {
    CAPTURE(name_of(promise.chunk));
    CHECK(row_of(promise.answer).answer == promise.answer);
    CHECK(chunk_after(promise.answer) == promise.chunk);
    CHECK(row_of(promise.answer).run == promise.run);
  }
}

TEST_CASE("only an answer that proves that nothing was made lets go of the hold") {
  for (const CreateAnswerRow& row : kCreateAnswerTable) {
    const HoldEffect hold = find_row(ChunkState::creating, row.event)->hold;
    const bool may_exist = row.answer == CreateAnswer::created || row.answer == CreateAnswer::unclear;
    CHECK((hold == HoldEffect::release) == !may_exist);
  }
}
