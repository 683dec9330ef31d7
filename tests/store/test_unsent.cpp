// Records that are not sent, and chunks that wait behind a pilot.
#include "store/fixture.hpp"

using namespace batchctl;

namespace {

UnsentRecord skipped(std::int64_t record, const std::string& why) {
  UnsentRecord unsent;
  unsent.record = record;
  unsent.line = record + 1;
  unsent.offset = 100;
  unsent.bytes = 10;
  unsent.text_print = -5;
  unsent.message = why;
  return unsent;
}

UnsentRecord repeat(std::int64_t record, std::int64_t same_as) {
  UnsentRecord unsent = skipped(record, "");
  unsent.same_as = same_as;
  return unsent;
}

NewChunk gapped(int index, const std::vector<Span>& spans) {
  NewChunk chunk = base_chunk(index, spans.front().first_record, 1);
  chunk.spans = spans;
  chunk.records = 0;
  for (const Span& span : spans) chunk.records += span.records;
  chunk.unsent = spans.back().first_record + spans.back().records - chunk.first_record - chunk.records;
  return chunk;
}

/// Records 0 s, 1 -, 2 s, 3 s, 4 -, 5 -: a chunk of 0, 2 and 3.
struct Gaps : Fixture {
  Gaps() : Fixture(std::vector<std::int64_t>{}) {
    run = add_run("gaps", {gapped(0, {{0, 1, 1, 0, 0, 10}, {2, 2, 3, 0, 20, 20}})},
                  {skipped(1, "bad"), repeat(4, 2), skipped(5, "bad")}, 6);
  }
};

}  // namespace

TEST_CASE("unsent records come back in order, a page at a time, and those from one on are forgotten") {
  Gaps fixture;
  const std::vector<UnsentRecord> all = fixture.store->unsent(fixture.run, 0, 6, 100);
  REQUIRE(all.size() == 3);
  CHECK(all[0].record == 1);
  CHECK(all[0].line == 2);
  CHECK(all[0].offset == 100);
  CHECK(all[0].bytes == 10);
  CHECK(all[0].text_print == -5);
  CHECK(all[0].message == "bad");
  CHECK_FALSE(all[0].same_as.has_value());
  CHECK(all[1].same_as == 2);
  CHECK(all[1].message.empty());
  CHECK(fixture.store->unsent(fixture.run, 2, 5, 100).size() == 1);
  CHECK(fixture.store->unsent(fixture.run, 0, 6, 2).size() == 2);
  CHECK(fixture.store->unsent_tally(fixture.run).skipped == 2);
  CHECK(fixture.store->unsent_tally(fixture.run).repeated == 1);
  CHECK(fixture.store->repeated(fixture.run, 0, 4) == std::vector<std::int64_t>{2});
  CHECK(fixture.store->repeated(fixture.run, 0, 2).empty());
  fixture.store->write([&] { fixture.store->drop_unsent(fixture.run, 4); });
  CHECK(fixture.store->unsent(fixture.run, 0, 6, 100).size() == 1);
  CHECK(fixture.store->repeated(fixture.run, 0, 4).empty());
}

TEST_CASE("a chunk with gaps remembers its range, and a problem of a record in a gap is a bug") {
  Gaps fixture;
  const Chunk chunk = fixture.store->chunk_at(fixture.run, 0).value();
  CHECK(chunk.records == 3);
  CHECK(chunk.unsent == 1);
  CHECK(chunk.end_record() == 4);
  CHECK(fixture.store->spans(chunk.key).size() == 2);
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.finish(chunk.key, {problem_of(1, RecordStatus::error)}); }), Bug);
}

TEST_CASE("a repeat counts as its original at every moment") {
  Gaps fixture;
  RecordTally tally = fixture.store->record_tally(fixture.run);
  CHECK(tally.total == 6);
  CHECK(tally.failed == 2);
  CHECK(tally.outstanding == 4);
  SUBCASE("answered") {
    fixture.store->write([&] { fixture.finish(fixture.chunk(0), {problem_of(3, RecordStatus::error)}); });
    tally = fixture.store->record_tally(fixture.run);
    CHECK(tally.answered == 3);
    CHECK(tally.failed == 3);
  }
  SUBCASE("failed") {
    fixture.store->write([&] { fixture.finish(fixture.chunk(0), {problem_of(2, RecordStatus::error)}); });
    tally = fixture.store->record_tally(fixture.run);
    CHECK(tally.answered == 2);
    CHECK(tally.failed == 4);
  }
  SUBCASE("without output") {
    fixture.store->write([&] {
      fixture.store->store_no_result(fixture.run, fixture.chunk(0), {}, RecordStatus::missing, std::nullopt, "gone");
      fixture.move(fixture.chunk(0), ChunkEvent::cancel_requested);
    });
    tally = fixture.store->record_tally(fixture.run);
    CHECK(tally.answered == 0);
    CHECK(tally.failed == 6);
    CHECK(fixture.number("SELECT count(*) FROM problem") == 3);
  }
  CHECK(tally.outstanding == 0);
}

TEST_CASE("a chunk that comes to rest without an account is a bug, whatever was skipped within it") {
  Gaps fixture;
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::cancel_requested); }), Bug);
}

TEST_CASE("a scan whose records are neither planned nor left out does not end") {
  Fixture fixture(std::vector<std::int64_t>{});
  CHECK_THROWS_AS(fixture.add_run("lost", {base_chunk(0, 0, 2)}, {skipped(2, "bad")}, 4), Bug);
}

TEST_CASE("a run that is dropped takes its unsent records along") {
  const auto store = open_store_in_memory();
  store->write([&] {
    NewRun fresh;
    fresh.id = RunId{"id"};
    fresh.name = "qa";
    const RunKey run = store->add_run(fresh);
    store->add_unsent(run, std::vector{skipped(0, "bad")});
    store->drop_run(run);
    CHECK(store->unsent(run, 0, 10, 10).empty());
  });
}

TEST_CASE("behind a pilot only chunk 0 and repairs may go, and the first release is remembered") {
  Fixture fixture({1, 1, 1});
  fixture.store->write([&] {
    NewChunk repair = base_chunk(3, 0, 1);
    repair.kind = ChunkKind::repair;
    fixture.store->add_chunks(fixture.run, std::vector{repair}, 0);
  });
  const auto pilot = [&](std::optional<Instant> ready_at, int limit = 10) {
    std::vector<int> all;
    for (const Chunk& chunk : fixture.store->pilot_chunks_in(fixture.run, ChunkState::planned, ready_at, limit))
      all.push_back(chunk.index);
    return all;
  };
  CHECK(pilot(at(0)) == std::vector{0, 3});
  CHECK(pilot(std::nullopt, 1) == std::vector{0});
  CHECK(fixture.store->chunks_behind_pilot(fixture.run) == 2);
  fixture.database().exec("UPDATE chunk SET not_before = 9000000000000 WHERE idx = 0");
  CHECK(pilot(at(0)) == std::vector{3});
  CHECK(pilot(std::nullopt) == std::vector{0, 3});
  CHECK_FALSE(fixture.store->released_at(fixture.run).has_value());
  fixture.store->write([&] { fixture.store->release(fixture.run, at(5)); });
  fixture.store->write([&] { fixture.store->release(fixture.run, at(6)); });
  CHECK(fixture.store->released_at(fixture.run) == at(5));
  CHECK(fixture.store->run(fixture.run).released_at == at(5));
}
