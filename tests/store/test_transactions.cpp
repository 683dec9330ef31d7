#include <stdexcept>

#include "store/fixture.hpp"
#include "store/temp_dir.hpp"

using namespace batchctl;

TEST_CASE("a write is undone when its body throws, and the next one works") {
  Fixture fixture;
  CHECK_THROWS_AS(fixture.store->write([&] {
    fixture.move(fixture.chunk(0), ChunkEvent::upload_started);
    fixture.store->note(fixture.run, {}, at(1), "event", "");
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  CHECK(fixture.state(0) == ChunkState::planned);
  CHECK(fixture.store->journal(fixture.run, std::nullopt).empty());
  fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::upload_started); });
  CHECK(fixture.state(0) == ChunkState::uploading);
}

TEST_CASE("a write is undone when the hook before its commit throws") {
  int commits = 0;
  int fail_at = 0;
  Fixture fixture({10}, [&] {
    if (++commits == fail_at) throw std::runtime_error("the commit failed");
  });
  fail_at = commits + 1;
  const auto begin = [&] { fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::upload_started); }); };
  CHECK_THROWS_AS(begin(), std::runtime_error);
  CHECK(fixture.state(0) == ChunkState::planned);
  begin();
  CHECK(fixture.state(0) == ChunkState::uploading);
}

TEST_CASE("a change outside of a write is a bug") {
  Fixture fixture;
  Store& store = *fixture.store;
  const ChunkKey chunk = fixture.chunk(0);
  CHECK_THROWS_AS(fixture.move(chunk, ChunkEvent::upload_started), Bug);
  CHECK_THROWS_AS(store.note(fixture.run, {}, at(1), "event", ""), Bug);
  CHECK_THROWS_AS(store.request_cancel(fixture.run, at(1)), Bug);
  CHECK_THROWS_AS(store.add_intent(fixture.an_intent(chunk)), Bug);
  CHECK_THROWS_AS(store.save_quota(Quota{}), Bug);
  CHECK_THROWS_AS(store.add_file(chunk, 1, RemoteFileName{"f"}, 1, "s"), Bug);
  store.read([&] { CHECK_THROWS_AS(store.clear_stop(fixture.run), Bug); });
}

TEST_CASE("a write inside of a write or of a read is a bug, a read inside of a write is not") {
  Fixture fixture;
  Store& store = *fixture.store;
  CHECK_THROWS_AS(store.write([&] { store.write([] {}); }), Bug);
  CHECK_THROWS_AS(store.read([&] { store.write([] {}); }), Bug);
  store.write([&] {
    store.note(fixture.run, {}, at(1), "event", "");
    store.read([&] { CHECK(store.journal(fixture.run, std::nullopt).size() == 1); });
  });
  store.read([&] { store.read([&] { CHECK(store.runs().size() == 1); }); });
}

TEST_CASE("a read sees one state, whatever others write meanwhile") {
  const TempDir directory;
  const auto reader = open_store(directory.path("state.db"));
  const auto writer = open_store(directory.path("state.db"));
  const auto add = [&](const std::string& name) {
    writer->write([&] {
      NewRun run;
      run.id = RunId{name};
      run.name = name;
      writer->add_run(run);
    });
  };
  add("one");
  reader->read([&] {
    CHECK(reader->runs().size() == 1);
    add("two");
    CHECK(reader->runs().size() == 1);
  });
  CHECK(reader->runs().size() == 2);
}

TEST_CASE("a query that threw can be asked again") {
  Fixture fixture;
  CHECK_THROWS_AS(fixture.store->run(RunKey{99}), Bug);
  CHECK(fixture.store->run(fixture.run).name == "qa");
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.add_run("qa", {1}); }), Bug);
}
