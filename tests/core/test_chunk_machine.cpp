#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <utility>

#include "core/chunk_machine.hpp"
#include "core/create_answer.hpp"

using namespace batchctl;
using enum ChunkState;
using enum ChunkEvent;

namespace {

template <class Body>
void each_pair(Body body) {
  for (std::size_t s = 0; s < kChunkStates; ++s)
    for (std::size_t e = 0; e < kChunkEvents; ++e) body(static_cast<ChunkState>(s), static_cast<ChunkEvent>(e));
}

ChunkState after(ChunkState from, ChunkEvent event) {
  CAPTURE(name_of(from));
  CAPTURE(name_of(event));
  const ChunkRow* row = find_row(from, event);
  REQUIRE(row != nullptr);
  return row->to;
}

/// Whether a chunk in this state has a job row that is counted against the quota.
bool holds(ChunkState state) {
  return state == creating || state == reconciling || state == submitted || state == cancelling;
}

}  // namespace

TEST_CASE("every pair of state and event has exactly the row that the table names, and no other pair has one") {
  std::set<std::pair<ChunkState, ChunkEvent>> named;
  for (const ChunkRow& row : kChunkTable) named.emplace(row.from, row.event);
  CHECK(named.size() == kChunkTable.size());
  each_pair([&](ChunkState from, ChunkEvent event) {
    CAPTURE(name_of(from));
    CAPTURE(name_of(event));
    const ChunkRow* row = find_row(from, event);
    CHECK((row != nullptr) == named.contains({from, event}));
    if (row == nullptr) return;
    CHECK(row->from == from);
    CHECK(row->event == event);
  });
}

TEST_CASE("the straight path leads from planned to done") {
  ChunkState state = planned;
  for (const ChunkEvent event :
       {upload_started, upload_confirmed, intent_stored, create_succeeded, job_ended, results_stored})
    state = after(state, event);
  CHECK(state == done);
}

TEST_CASE("an unclear create leads to uploaded or submitted only through reconciling") {
  CHECK(after(creating, create_unclear) == reconciling);
  CHECK(after(reconciling, job_found) == submitted);
  CHECK(after(reconciling, job_absent) == uploaded);
  for (const ChunkRow& row : kChunkTable)
    if (row.from == reconciling) CHECK((row.event == job_found || row.event == job_absent));
}

TEST_CASE("a chunk becomes creating only with a stored intent, and only from uploaded") {
  for (const ChunkRow& row : kChunkTable) {
    if (row.to != creating) continue;
    CHECK(row.from == uploaded);
    CHECK(row.event == intent_stored);
    CHECK(row.hold == HoldEffect::take);
  }
}

TEST_CASE("a hold is taken once, stays while a job may live, and is released by every way out") {
  for (const ChunkRow& row : kChunkTable) {
    CAPTURE(name_of(row.from));
    CAPTURE(name_of(row.event));
    // A job that was found beside every intent comes with its own row and hold.
    const bool is_found = row.event == job_found;
    if (!holds(row.from) && holds(row.to)) CHECK(row.hold == (is_found ? HoldEffect::keep : HoldEffect::take));
    if (!holds(row.from) && !holds(row.to)) CHECK(row.hold == HoldEffect::none);
    if (holds(row.from) && !holds(row.to)) CHECK(row.hold == HoldEffect::release);
    if (holds(row.from) && holds(row.to)) CHECK(row.hold != HoldEffect::release);
    if (holds(row.from) && holds(row.to)) CHECK(row.hold != HoldEffect::take);
  }
}

TEST_CASE("a chunk that rests takes no event at all") {
  each_pair([](ChunkState from, ChunkEvent event) {
    if (is_resting(from)) CHECK(find_row(from, event) == nullptr);
  });
}

TEST_CASE("a retry or a repeated wish leaves a chunk where it is") {
  CHECK(after(uploading, upload_retried) == uploading);
  CHECK(after(fetching, fetch_retried) == fetching);
  CHECK(after(cancelling, cancel_requested) == cancelling);
}

TEST_CASE("a wish to cancel never tears a chunk out of a create whose outcome is unknown") {
  CHECK(find_row(creating, cancel_requested) == nullptr);
  CHECK(find_row(reconciling, cancel_requested) == nullptr);
  CHECK(find_row(fetching, cancel_requested) == nullptr);
}

TEST_CASE("a failure that passes never ends in failed") {
  for (const ChunkRow& row : kChunkTable)
    if (row.to == failed)
      CHECK((row.event == upload_rejected || row.event == create_rejected || row.event == attempts_spent));
}

TEST_CASE("names of states and events are distinct, and a state's name leads back to it") {
  CHECK(std::set<std::string_view>(kChunkStateNames.begin(), kChunkStateNames.end()).size() == kChunkStates);
  CHECK(std::set<std::string_view>(kChunkEventNames.begin(), kChunkEventNames.end()).size() == kChunkEvents);
  for (std::size_t i = 0; i < kChunkStates; ++i)
    CHECK(chunk_state_named(kChunkStateNames[i]) == static_cast<ChunkState>(i));
  CHECK_FALSE(chunk_state_named("finished").has_value());
}
