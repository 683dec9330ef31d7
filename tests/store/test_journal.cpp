#include "store/fixture.hpp"

using namespace batchctl;

TEST_CASE("the journal keeps the order of what happened, of the run and of one chunk") {
  Fixture fixture;
  fixture.store->write([&] {
    fixture.move(fixture.chunk(1), ChunkEvent::upload_started);
    fixture.store->note(fixture.run, {}, at(-5), "paused", "12 jobs of others, \"caf\xe9\"");
    fixture.move(fixture.chunk(0), ChunkEvent::upload_started);
    fixture.move(fixture.chunk(1), ChunkEvent::upload_confirmed);
  });
  const std::vector<JournalLine> all = fixture.store->journal(fixture.run, std::nullopt);
  REQUIRE(all.size() == 4);
  CHECK(all[0].chunk_index == 1);
  CHECK_FALSE(all[1].chunk_index.has_value());
  CHECK(all[1].at == at(-5));
  CHECK(all[1].event == "paused");
  CHECK(all[1].from.empty());
  CHECK(all[1].to.empty());
  CHECK(all[1].why == "12 jobs of others, \"caf\xef\xbf\xbd\"");
  CHECK(all[2].chunk_index == 0);
  CHECK(all[3].event == "upload_confirmed");

  const std::vector<JournalLine> one = fixture.store->journal(fixture.run, fixture.chunk(1));
  REQUIRE(one.size() == 2);
  CHECK(one[0].event == "upload_started");
  CHECK(one[1].event == "upload_confirmed");
}

TEST_CASE("events of a chunk are counted by kind") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(0);
  fixture.store->write([&] {
    fixture.move(chunk, ChunkEvent::upload_started);
    for (int i = 0; i < 3; ++i) fixture.move(chunk, ChunkEvent::upload_retried);
    fixture.move(fixture.chunk(1), ChunkEvent::upload_started);
  });
  CHECK(fixture.store->count_events(chunk, ChunkEvent::upload_retried) == 3);
  CHECK(fixture.store->count_events(chunk, ChunkEvent::upload_started) == 1);
  CHECK(fixture.store->count_events(chunk, ChunkEvent::upload_confirmed) == 0);
}
