#include "base/sha256.hpp"
#include "store/fixture.hpp"

using namespace batchctl;

namespace {

NewRun full_run() {
  NewRun run;
  run.id = RunId{"k3vabcdefghi"};
  run.name = "qa";
  run.project = "p1";
  run.key_print = "print";
  run.settings.model = "gemini-x";
  run.settings.input_format = "qa";
  run.settings.prompt = "Tell {{question}}, \"now\"\n";
  run.settings.generation_config = "{\"temperature\":0}";
  run.settings.records = "/data/*/qa";
  run.settings.chunk_per_file = true;
  run.settings.chunk_records = 100;
  run.settings.chunk_bytes = 1 << 20;
  run.settings.key_field = "nr";
  run.settings.schema = "{\"type\":\"object\"}";
  run.settings.pilot = 20;
  run.settings.skip_invalid = true;
  run.settings.dedupe = true;
  run.options.max_cost = 12.5;
  run.options.expect_output = 300;
  run.options.retry_attempts = 5;
  run.options.group_size = 3;
  run.options.group_delay = milliseconds{1500};
  run.options.tier = 2;
  run.options.enqueued_tokens = 3'000'000'000;
  run.options.weight = 0.25;
  run.options.quota_share = 0.5;
  run.options.yield = true;
  run.options.remote_cleanup = "all";
  run.options.output = "/tmp/out.jsonl";
  run.options.status_file = "/tmp/status.json";
  run.options.on_event = "notify";
  run.created_at = at(5);
  Input first;
  first.ordinal = 0;
  first.path = "/data/a.jsonl";
  first.shown_path = "a.jsonl";
  Input second;
  second.ordinal = 1;
  second.shown_path = "-";
  second.spool_path = "/spool/1";
  run.inputs = {first, second};
  return run;
}

}  // namespace

TEST_CASE("a run comes back as it was added") {
  const auto store = open_store_in_memory();
  const NewRun fresh = full_run();
  RunKey key;
  store->write([&] { key = store->add_run(fresh); });
  const Run run = store->run(key);
  CHECK(run.id == fresh.id);
  CHECK(run.name == "qa");
  CHECK(run.project == "p1");
  CHECK(run.key_print == "print");
  CHECK(run.settings == fresh.settings);
  CHECK(run.options == fresh.options);
  CHECK(run.created_at == at(5));
  CHECK(run.epoch == 0);
  CHECK_FALSE(run.scanned);
  CHECK(run.scan_records == 0);
  CHECK_FALSE(run.stop.has_value());
  CHECK_FALSE(run.driver.has_value());
  CHECK_FALSE(run.cancel_requested_at.has_value());
  REQUIRE(store->inputs(key).size() == 2);
  CHECK(store->inputs(key)[0].path == "/data/a.jsonl");
  CHECK(store->inputs(key)[1].shown_path == "-");
  CHECK(store->inputs(key)[1].spool_path == "/spool/1");
  CHECK(store->run_named("qa")->key == key);
  CHECK_FALSE(store->run_named("other").has_value());
}

TEST_CASE("bytes that are not UTF-8 survive in settings, options and paths") {
  const auto store = open_store_in_memory();
  NewRun fresh = full_run();
  fresh.settings.system = std::string("caf\xe9 \0 end", 11);
  fresh.options.output = "/tmp/caf\xe9.jsonl";
  fresh.inputs[0].path = "/data/caf\xe9.jsonl";
  RunKey key;
  store->write([&] { key = store->add_run(fresh); });
  CHECK(store->run(key).settings == fresh.settings);
  CHECK(store->run(key).options == fresh.options);
  CHECK(store->inputs(key)[0].path == fresh.inputs[0].path);
}

TEST_CASE("runs are listed by creation") {
  Fixture fixture;
  fixture.store->write([&] {
    NewRun early = full_run();
    early.name = "early";
    early.created_at = at(-100);
    fixture.store->add_run(early);
  });
  REQUIRE(fixture.store->runs().size() == 2);
  CHECK(fixture.store->runs()[0].name == "early");
  CHECK(fixture.store->runs()[1].name == "qa");
}

TEST_CASE("a second run of the same name is refused by the database") {
  Fixture fixture;
  NewRun same = full_run();
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->add_run(same); }), Bug);
}

TEST_CASE("a scan notes how far it got, and its end fixes the records, the inputs and the format") {
  const auto store = open_store_in_memory();
  RunKey key;
  store->write([&] { key = store->add_run(full_run()); });
  store->write([&] { store->add_chunks(key, std::vector{base_chunk(0, 0, 10), base_chunk(1, 10, 10)}, 20); });
  CHECK(store->run(key).scan_records == 20);
  CHECK_FALSE(store->run(key).scanned);
  CHECK(store->record_tally(key).total == 20);
  store->write([&] { store->add_chunks(key, std::vector{base_chunk(2, 20, 5)}, 25); });

  std::vector<Input> inputs = store->inputs(key);
  inputs[0].records = 24;
  inputs[0].bytes = 9'000'000'000;
  inputs[0].sha256 = "hash";
  inputs[1].records = 1;
  store->write([&] { store->finish_scan(key, inputs, "gemini"); });
  const Run run = store->run(key);
  CHECK(run.scanned);
  CHECK(run.records == 25);
  CHECK(run.scan_records == 25);
  CHECK(run.settings.format == "gemini");
  CHECK(store->inputs(key)[0].bytes == 9'000'000'000);
  CHECK(store->inputs(key)[0].sha256 == "hash");
  CHECK_THROWS_AS(store->write([&] { store->finish_scan(key, inputs, "gemini"); }), Bug);
}

TEST_CASE("a scan whose inputs hold another number of records than were planned is a bug") {
  const auto store = open_store_in_memory();
  RunKey key;
  store->write([&] { key = store->add_run(full_run()); });
  store->write([&] { store->add_chunks(key, std::vector{base_chunk(0, 0, 10)}, 10); });
  CHECK_THROWS_AS(store->write([&] { store->finish_scan(key, store->inputs(key), "qa"); }), Bug);
  CHECK_FALSE(store->run(key).scanned);
}

TEST_CASE("the settings' hash is that of the stored settings") {
  Fixture fixture;
  SQLite::Statement row(fixture.database(), "SELECT settings_json, settings_sha FROM run");
  REQUIRE(row.executeStep());
  CHECK(row.getColumn(1).getString() == sha256_hex(row.getColumn(0).getString()));
}

TEST_CASE("a run of which nothing was sent can be dropped with all that is of it") {
  Fixture fixture;
  fixture.store->write([&] { fixture.store->note(fixture.run, {}, at(1), "event", ""); });
  fixture.store->write([&] { fixture.store->drop_run(fixture.run); });
  CHECK(fixture.store->runs().empty());
  for (const char* table : {"run", "input", "chunk", "span", "journal"})
    CHECK(fixture.number(std::string("SELECT count(*) FROM ") + table) == 0);
}

TEST_CASE("a run of which something was sent is not dropped") {
  Fixture fixture;
  fixture.store->write([&] { fixture.store->add_file(fixture.chunk(0), 1, RemoteFileName{"files/a"}, 10, "hash"); });
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->drop_run(fixture.run); }), Bug);
  CHECK(fixture.store->runs().size() == 1);
  CHECK(fixture.store->chunk_tally(fixture.run)[0] == 3);
}

TEST_CASE("each driver raises the epoch, and only the last one clears the mark") {
  Fixture fixture;
  CHECK(fixture.epoch == 1);
  std::int64_t second = 0;
  fixture.store->write([&] { second = fixture.store->begin_driving(fixture.run, DriverMark{77, "h2", at(9)}); });
  CHECK(second == 2);
  fixture.store->write([&] { fixture.store->end_driving(fixture.run, 1); });
  const Run run = fixture.store->run(fixture.run);
  REQUIRE(run.driver.has_value());
  CHECK(run.driver->pid == 77);
  CHECK(run.driver->host == "h2");
  CHECK(run.driver->since == at(9));
  fixture.store->write([&] { fixture.store->end_driving(fixture.run, 2); });
  CHECK_FALSE(fixture.store->run(fixture.run).driver.has_value());
  CHECK(fixture.store->run(fixture.run).epoch == 2);
}

TEST_CASE("a stop is kept with its words until it is cleared, and a lost epoch cannot stop a run") {
  Fixture fixture;
  const auto stop = [&](std::int64_t epoch) {
    fixture.store->write([&] {
      fixture.store->stop_run(fixture.run, epoch, Stop{"key", "the service's words", at(3)});
    });
  };
  CHECK_THROWS_AS(stop(fixture.epoch + 1), EpochLost);
  CHECK_FALSE(fixture.store->run(fixture.run).stop.has_value());
  stop(fixture.epoch);
  const Run run = fixture.store->run(fixture.run);
  REQUIRE(run.stop.has_value());
  CHECK(run.stop->reason == "key");
  CHECK(run.stop->message == "the service's words");
  CHECK(run.stop->at == at(3));
  fixture.store->write([&] { fixture.store->clear_stop(fixture.run); });
  CHECK_FALSE(fixture.store->run(fixture.run).stop.has_value());
}

TEST_CASE("the first wish to cancel counts") {
  Fixture fixture;
  fixture.store->write([&] { fixture.store->request_cancel(fixture.run, at(3)); });
  fixture.store->write([&] { fixture.store->request_cancel(fixture.run, at(8)); });
  CHECK(fixture.store->run(fixture.run).cancel_requested_at == at(3));
}

TEST_CASE("options and the key's print can be changed, of a run that is there") {
  Fixture fixture;
  Options options;
  options.group_size = 1;
  options.output = "/x";
  fixture.store->write([&] {
    fixture.store->set_options(fixture.run, options);
    fixture.store->set_key_print(fixture.run, "new print");
  });
  CHECK(fixture.store->run(fixture.run).options == options);
  CHECK(fixture.store->run(fixture.run).key_print == "new print");
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->set_options(RunKey{99}, options); }), Bug);
}
