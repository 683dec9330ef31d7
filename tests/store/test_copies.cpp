// The original state file is told from a copy, and a copy is taken over run by run.
#include <filesystem>

#include "store/fixture.hpp"
#include "store/place.hpp"
#include "store/temp_dir.hpp"

using namespace batchctl;

namespace {

NewRun a_run(const std::string& name) {
  NewRun run;
  run.id = RunId{"id" + name};
  run.name = name;
  return run;
}

/// A state file with two runs, closed.
std::string state_file(const TempDir& directory) {
  const std::string path = directory.path("state.db");
  const auto store = open_store(path);
  store->write([&] {
    store->add_run(a_run("qa"));
    store->add_run(a_run("qb"));
  });
  return path;
}

void set_host(const std::string& path, const std::string& host) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE);
  SQLite::Statement statement(database, "UPDATE meta SET value = ? WHERE key = 'host'");
  statement.bind(1, host);
  REQUIRE(statement.exec() == 1);
}

}  // namespace

TEST_CASE("the file that was made is the original, also when it was renamed") {
  const TempDir directory;
  const std::string path = state_file(directory);
  CHECK_FALSE(open_store(path)->copied_from().has_value());
  const std::string renamed = directory.path("renamed.db");
  std::filesystem::rename(path, renamed);
  CHECK_FALSE(open_store(renamed)->copied_from().has_value());
  CHECK_FALSE(open_store_in_memory()->copied_from().has_value());
}

TEST_CASE("a copied file is a copy until it is taken over, and the original stays the original") {
  const TempDir directory;
  const std::string path = state_file(directory), copy = directory.path("copy.db");
  std::filesystem::copy_file(path, copy);
  {
    const auto store = open_store(copy);
    CHECK(store->copied_from() == "it is another file than the one that was made");
    store->write([&] { store->take_over(at(5)); });
    CHECK_FALSE(store->copied_from().has_value());
  }
  CHECK_FALSE(open_store(copy)->copied_from().has_value());
  CHECK_FALSE(open_store(path)->copied_from().has_value());
}

TEST_CASE("a file that was made on another host is a copy until it is taken over") {
  const TempDir directory;
  const std::string path = state_file(directory);
  set_host(path, "elsewhere");
  const auto store = open_store(path);
  CHECK(store->copied_from() == "it was made on the host elsewhere, and this is " + store::host_name());
  store->write([&] { store->take_over(at(5)); });
  CHECK_FALSE(store->copied_from().has_value());
}

TEST_CASE("every run there is waits for its own comparison, and keeps waiting when the file is opened again") {
  const TempDir directory;
  const std::string path = state_file(directory);
  RunKey first, second, later;
  {
    const auto store = open_store(path);
    first = store->run_named("qa")->key;
    second = store->run_named("qb")->key;
    CHECK_FALSE(store->taking_over_since(first).has_value());
    store->write([&] { store->take_over(at(5)); });
    store->write([&] { later = store->add_run(a_run("qc")); });
  }
  const auto store = open_store(path);
  CHECK(store->taking_over_since(first) == at(5));
  CHECK(store->taking_over_since(second) == at(5));
  CHECK_FALSE(store->taking_over_since(later).has_value());

  std::int64_t epoch = 0;
  store->write([&] { epoch = store->begin_driving(first, DriverMark{1, "host", at(6)}); });
  store->write([&] { store->end_take_over(first, epoch); });
  CHECK_FALSE(store->taking_over_since(first).has_value());
  CHECK(store->taking_over_since(second) == at(5));
}

TEST_CASE("taking over once more begins the wait anew") {
  Fixture fixture;
  fixture.store->write([&] { fixture.store->take_over(at(5)); });
  fixture.store->write([&] { fixture.store->take_over(at(8)); });
  CHECK(fixture.store->taking_over_since(fixture.run) == at(8));
}

TEST_CASE("a driver whose epoch is over does not end the take-over") {
  Fixture fixture;
  fixture.store->write([&] { fixture.store->take_over(at(5)); });
  const auto end = [&] { fixture.store->write([&] { fixture.store->end_take_over(fixture.run, fixture.epoch - 1); }); };
  CHECK_THROWS_AS(end(), EpochLost);
  CHECK(fixture.store->taking_over_since(fixture.run) == at(5));
}
