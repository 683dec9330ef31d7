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

TEST_CASE("creates are unswept until the whole list was compared after them, run by run") {
  Fixture fixture;
  const auto is = [&](bool intents, bool unclear) {
    const Unswept facts = fixture.store->unswept(fixture.run);
    return facts.intents == intents && facts.unclear == unclear;
  };
  const auto sweep = [&] {
    fixture.store->write([&] { fixture.store->note(fixture.run, {}, at(2), "swept", "agrees"); });
  };
  CHECK(is(false, false));
  JobKey job;
  fixture.store->write([&] { job = fixture.begin_create(fixture.chunk(0)); });
  CHECK(is(true, false));
  fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::create_unclear, job); });
  CHECK(is(true, true));
  sweep();
  CHECK(is(false, false));
  fixture.store->write([&] { fixture.submit(fixture.chunk(1)); });
  CHECK(is(true, false));
  sweep();

  // Another run's creates and sweeps say nothing about this one.
  const RunKey first = fixture.run;
  fixture.run = fixture.add_run("two", {1});
  fixture.store->write([&] { fixture.submit(fixture.chunk(0)); });
  CHECK(is(true, false));
  fixture.run = first;
  CHECK(is(false, false));
}
