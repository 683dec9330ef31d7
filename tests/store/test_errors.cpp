#include "store/errors.hpp"

#include <sqlite3.h>

#include <fstream>

#include "store/fixture.hpp"
#include "store/temp_dir.hpp"

using namespace batchctl;
using namespace batchctl::store;

namespace {

/// A second door to the same file, which waits for nobody.
SqliteStore impatient(const std::string& path, int flags = SQLite::OPEN_READWRITE) {
  return SqliteStore(Connection(SQLite::Database(path, flags, 0), path, {}));
}

NewRun a_run(const std::string& name) {
  NewRun run;
  run.id = RunId{name};
  run.name = name;
  return run;
}

}  // namespace

TEST_CASE("every kind of failure has its own word, and SQLite's own words stay in the message") {
  const auto word = [](int code) {
    return code_of([&] {
      try {
        throw_for(SQLite::Exception("what SQLite said", code), "/x/state.db");
      } catch (const Fatal& fatal) {
        CHECK(std::string(fatal.what()).find("/x/state.db") != std::string::npos);
        CHECK(std::string(fatal.what()).find("what SQLite said") != std::string::npos);
        throw;
      }
    });
  };
  CHECK(word(SQLITE_BUSY) == "database_locked");
  CHECK(word(SQLITE_BUSY_SNAPSHOT) == "database_locked");
  CHECK(word(SQLITE_FULL) == "disk_full");
  CHECK(word(SQLITE_IOERR) == "disk_error");
  CHECK(word(SQLITE_IOERR_FSYNC) == "disk_error");
  CHECK(word(SQLITE_CORRUPT) == "database_damaged");
  CHECK(word(SQLITE_NOTADB) == "database_damaged");
  CHECK(word(SQLITE_READONLY) == "database_not_writable");
  CHECK(word(SQLITE_CANTOPEN) == "database_cannot_open");
  CHECK(word(SQLITE_ERROR) == "database_error");
  CHECK(word(-1) == "database_error");
  CHECK_THROWS_AS(throw_for(SQLite::Exception("UNIQUE", SQLITE_CONSTRAINT_UNIQUE), "x"), Bug);
}

TEST_CASE("a database that another process holds is said to be in use") {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  const auto holder = open_store(path);
  SqliteStore other = impatient(path);
  holder->write([&] {
    CHECK(code_of([&] { other.write([] {}); }) == "database_locked");
    CHECK(other.runs().empty());  // readers are not held up
  });
  other.write([&] { other.add_run(a_run("qa")); });
  CHECK(holder->runs().size() == 1);
}

TEST_CASE("a full disk undoes the write and says so") {
  Fixture fixture;
  const std::int64_t pages = fixture.number("PRAGMA page_count");
  fixture.database().exec("PRAGMA max_page_count = " + std::to_string(pages));
  const std::string code = code_of([&] {
    fixture.store->write([&] {
      for (int i = 0; i < 1000; ++i) fixture.store->note(fixture.run, {}, at(i), "event", std::string(500, 'x'));
    });
  });
  CHECK(code == "disk_full");
  fixture.database().exec("PRAGMA max_page_count = 100000");
  CHECK(fixture.store->journal(fixture.run, std::nullopt).empty());
  fixture.store->write([&] { fixture.store->note(fixture.run, {}, at(1), "event", ""); });
}

TEST_CASE("a database that must not be written to is said to be so") {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  open_store(path);
  SqliteStore reader = impatient(path, SQLite::OPEN_READONLY);
  CHECK(reader.runs().empty());
  CHECK(code_of([&] { reader.write([&] { reader.add_run(a_run("qa")); }); }) == "database_not_writable");
}

TEST_CASE("a damaged page is said to be damage") {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  {
    const auto store = open_store(path);
    store->write([&] { store->add_run(a_run("qa")); });
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::int64_t>(file.tellg());
    for (std::int64_t offset = 4096; offset < size; offset += 4096) {
      file.seekp(offset);
      file << std::string(4096, '\xff');
    }
  }
  SqliteStore store = impatient(path);
  CHECK(code_of([&] { store.runs(); }) == "database_damaged");
}
