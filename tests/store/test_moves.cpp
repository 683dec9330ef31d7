#include <set>

#include "store/fixture.hpp"
#include "store/words.hpp"

using namespace batchctl;

namespace {

/// Puts a chunk into a state behind the store's back, with a job that holds.
JobKey force_state(Fixture& fixture, ChunkKey chunk, ChunkState state, Hold hold) {
  fixture.database().exec("DELETE FROM journal");
  fixture.database().exec("DELETE FROM problem");
  fixture.database().exec("DELETE FROM job");
  JobKey job;
  fixture.store->write([&] { job = fixture.store->add_intent(fixture.an_intent(chunk)); });
  const std::string set = "UPDATE job SET hold = '" + std::string(store::word_of(hold)) + "'";
  fixture.database().exec(set);
  fixture.database().exec("UPDATE chunk SET state = '" + std::string(name_of(state)) +
                          "' WHERE chunk = " + std::to_string(chunk.value));
  return job;
}

Hold expected_hold(HoldEffect effect, Hold before) {
  switch (effect) {
    case HoldEffect::none:
    case HoldEffect::take:
      return before;
    case HoldEffect::doubt:
      return Hold::unknown;
    case HoldEffect::keep:
      return Hold::live;
    case HoldEffect::release:
      return Hold::none;
  }
  return before;
}

}  // namespace

TEST_CASE("every row of the table moves the chunk and the hold and leaves one journal line") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(0);
  for (const ChunkRow& row : kChunkTable) {
    CAPTURE(name_of(row.from));
    CAPTURE(name_of(row.event));
    const Hold before = row.hold == HoldEffect::keep ? Hold::intent : Hold::live;
    const JobKey job = force_state(fixture, chunk, row.from, before);
    fixture.store->write([&] {
      ChunkMove move = fixture.a_move(chunk, row.event, job);
      move.at = at(7);
      move.why = "because";
      move.not_before = at(9);
      move.fails = 2;
      move.error = "its words";
      CHECK(fixture.store->move(move) == row.to);
      if (is_resting(row.to))
        fixture.store->store_no_result(fixture.run, chunk, JobKey{}, RecordStatus::missing, std::nullopt, "");
    });
    const Chunk after = fixture.store->chunk(chunk).value();
    CHECK(after.state == row.to);
    CHECK(after.not_before == at(9));
    CHECK(after.fails == 2);
    CHECK(after.error == "its words");
    CHECK(fixture.job(job).hold == expected_hold(row.hold, before));
    const std::vector<JournalLine> journal = fixture.store->journal(fixture.run, chunk);
    REQUIRE(journal.size() == 1);
    CHECK(journal[0].at == at(7));
    CHECK(journal[0].chunk_index == 0);
    CHECK(journal[0].from == name_of(row.from));
    CHECK(journal[0].event == name_of(row.event));
    CHECK(journal[0].to == name_of(row.to));
    CHECK(journal[0].why == "because");
  }
}

TEST_CASE("a pair without a row is a bug that names it, and nothing moves") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(0);
  for (std::size_t from = 0; from < kChunkStates; ++from)
    for (std::size_t event = 0; event < kChunkEvents; ++event) {
      if (find_row(static_cast<ChunkState>(from), static_cast<ChunkEvent>(event)) != nullptr) continue;
      const JobKey job = force_state(fixture, chunk, static_cast<ChunkState>(from), Hold::live);
      std::string words;
      try {
        fixture.store->write([&] { fixture.move(chunk, static_cast<ChunkEvent>(event), job); });
      } catch (const Bug& bug) {
        words = bug.what();
      }
      CHECK(words.find(kChunkStateNames[from]) != std::string::npos);
      CHECK(words.find(kChunkEventNames[event]) != std::string::npos);
      CHECK(fixture.state(0) == static_cast<ChunkState>(from));
      CHECK(fixture.store->journal(fixture.run, chunk).empty());
    }
}

TEST_CASE("a move without error and delay clears those of the move before") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(0);
  fixture.store->write([&] {
    ChunkMove move = fixture.a_move(chunk, ChunkEvent::upload_started);
    move.not_before = at(9);
    move.fails = 1;
    move.error = "words";
    fixture.store->move(move);
    fixture.move(chunk, ChunkEvent::upload_confirmed);
  });
  const Chunk after = fixture.store->chunk(chunk).value();
  CHECK_FALSE(after.not_before.has_value());
  CHECK(after.fails == 0);
  CHECK_FALSE(after.error.has_value());
}

TEST_CASE("a move of a chunk that is in another state is a bug") {
  Fixture fixture;
  ChunkMove move = fixture.a_move(fixture.chunk(0), ChunkEvent::upload_confirmed);
  move.from = ChunkState::uploading;
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->move(move); }), Bug);
  move = fixture.a_move(fixture.chunk(0), ChunkEvent::upload_started);
  move.chunk = ChunkKey{99};
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->move(move); }), Bug);
}

TEST_CASE("a driver whose epoch is over moves nothing and takes no hold") {
  Fixture fixture;
  const std::int64_t old = fixture.epoch;
  fixture.store->write([&] {
    fixture.move(fixture.chunk(0), ChunkEvent::upload_started);
    fixture.move(fixture.chunk(0), ChunkEvent::upload_confirmed);
  });
  fixture.store->write([&] { fixture.store->begin_driving(fixture.run, DriverMark{2, "other", at(3)}); });
  fixture.epoch = old;
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.move(fixture.chunk(1), ChunkEvent::upload_started); }), EpochLost);
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->add_intent(fixture.an_intent(fixture.chunk(0))); }),
                  EpochLost);
  CHECK(fixture.state(1) == ChunkState::planned);
  CHECK_FALSE(fixture.store->newest_job(fixture.chunk(0)).has_value());
}

TEST_CASE("an effect on a hold needs a job of that chunk") {
  Fixture fixture;
  JobKey first, second;
  fixture.store->write([&] {
    first = fixture.begin_create(fixture.chunk(0));
    second = fixture.begin_create(fixture.chunk(1));
  });
  const auto refuse = [&](JobKey job) {
    fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::create_refused, job); });
  };
  CHECK_THROWS_AS(refuse(JobKey{}), Bug);
  CHECK_THROWS_AS(refuse(second), Bug);
  CHECK(fixture.job(second).hold == Hold::intent);
  refuse(first);
  CHECK(fixture.job(first).hold == Hold::none);
  CHECK(fixture.state(0) == ChunkState::uploaded);
}

TEST_CASE("a job that was seen ended before its create was confirmed does not hold") {
  Fixture fixture;
  JobKey job;
  fixture.store->write([&] {
    job = fixture.begin_create(fixture.chunk(0));
    fixture.move(fixture.chunk(0), ChunkEvent::create_unclear, job);
  });
  CHECK(fixture.job(job).hold == Hold::unknown);
  fixture.store->write([&] {
    fixture.store->name_job(job, JobName{"batches/1"}, JobOrigin::adopted);
    Observation seen;
    seen.state = JobState::succeeded;
    seen.ended = true;
    fixture.store->observe(job, seen, at(5));
    fixture.move(fixture.chunk(0), ChunkEvent::job_found, job);
  });
  CHECK(fixture.job(job).hold == Hold::none);
  CHECK(fixture.state(0) == ChunkState::submitted);
}

TEST_CASE("a base chunk cannot come to rest while nothing says what became of its records") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(0);
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.move(chunk, ChunkEvent::cancel_requested); }), Bug);
  CHECK(fixture.state(0) == ChunkState::planned);
  fixture.store->write([&] {
    fixture.move(chunk, ChunkEvent::cancel_requested);
    fixture.store->store_no_result(fixture.run, chunk, JobKey{}, RecordStatus::missing, std::nullopt, "cancelled");
  });
  CHECK(fixture.state(0) == ChunkState::cancelled);
}

TEST_CASE("a chunk that halves took over comes to rest without an account of its own") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(1);
  fixture.store->write([&] {
    fixture.move(chunk, ChunkEvent::cancel_requested);
    fixture.store->add_chunks(fixture.run, std::vector{base_chunk(3, 10, 5), base_chunk(4, 15, 5)}, 0);
    fixture.database().exec("UPDATE chunk SET replaces = " + std::to_string(chunk.value) + " WHERE idx > 2");
  });
  CHECK(fixture.store->record_tally(fixture.run).outstanding == 30);
  fixture.store->write([&] {
    fixture.finish(fixture.chunk(3));
    fixture.finish(fixture.chunk(4), {problem_of(16, RecordStatus::error)});
  });
  const RecordTally tally = fixture.store->record_tally(fixture.run);
  CHECK(tally.answered == 9);
  CHECK(tally.failed == 1);
  CHECK(tally.outstanding == 20);
  CHECK(fixture.store->usage(fixture.run).estimated_input == 300);
}
