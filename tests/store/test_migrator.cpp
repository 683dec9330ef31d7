#include "store/migrator.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/error.hpp"
#include "store/temp_dir.hpp"

using namespace batchctl;
using namespace batchctl::store;

namespace {

SQLite::Database empty_database() { return {":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}; }

int user_version(SQLite::Database& database) { return database.execAndGet("PRAGMA user_version").getInt(); }

const std::vector<Migration> kTwo = {{1, "0001_one", "CREATE TABLE one (a INTEGER) STRICT;"},
                                     {2, "0002_two", "CREATE TABLE two (a INTEGER); INSERT INTO two VALUES (7);"}};

}  // namespace

TEST_CASE("the numbers of the embedded migrations rise, and every table is STRICT") {
  int newest = 0;
  for (const Migration& migration : embedded_migrations()) {
    CHECK(migration.number > newest);
    newest = migration.number;
  }
  CHECK(embedded_migrations().front().number == 1);
  SQLite::Database database = empty_database();
  migrate(database, "x", embedded_migrations());
  CHECK(user_version(database) == newest);
  CHECK(database
            .execAndGet("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
                        " AND name NOT LIKE 'sqlite%' AND NOT strict")
            .getInt() == 0);
  CHECK(database.execAndGet("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict").getInt() == 16);
}

TEST_CASE("a quota that the first schema kept is there after the migration, with nothing learned of jobs") {
  SQLite::Database database = empty_database();
  migrate(database, "x", {embedded_migrations().front()});
  database.exec(
      "INSERT INTO quota VALUES ('p', 'm', NULL, 2940000, NULL, NULL, 300000, '', 3, NULL, NULL, 0, 0, '', NULL, 1.0,"
      " NULL)");
  migrate(database, "x", embedded_migrations());
  SQLite::Statement row(database, "SELECT learned_tokens, learned_jobs, late, latest_json FROM quota");
  REQUIRE(row.executeStep());
  CHECK(row.getColumn(0).getInt64() == 2940000);
  CHECK(row.getColumn(1).isNull());
  CHECK(row.getColumn(2).getInt64() == 0);
  CHECK(row.getColumn(3).getString() == "[]");
}

TEST_CASE("only the migrations that are missing are applied") {
  SQLite::Database database = empty_database();
  migrate(database, "x", {kTwo[0]});
  CHECK(user_version(database) == 1);
  migrate(database, "x", kTwo);
  CHECK(user_version(database) == 2);
  migrate(database, "x", kTwo);
  CHECK(database.execAndGet("SELECT count(*) FROM two").getInt() == 1);
}

TEST_CASE("a migration that fails half-way leaves the schema before it") {
  SQLite::Database database = empty_database();
  std::vector<Migration> broken = kTwo;
  broken[1].sql = "CREATE TABLE two (a INTEGER); INSERT INTO nowhere VALUES (1);";
  CHECK_THROWS_AS(migrate(database, "x", broken), SQLite::Exception);
  CHECK(user_version(database) == 1);
  CHECK(database.tableExists("one"));
  CHECK_FALSE(database.tableExists("two"));
  migrate(database, "x", kTwo);
  CHECK(user_version(database) == 2);
}

TEST_CASE("a process killed inside of a migration leaves the schema before it") {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA journal_mode = WAL");
    database.createFunction("die", 0, false, nullptr, [](sqlite3_context*, int, sqlite3_value**) { ::_exit(42); });
    std::vector<Migration> deadly = kTwo;
    deadly[1].sql = "CREATE TABLE two (a INTEGER); INSERT INTO two SELECT die();";
    migrate(database, path, deadly);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WEXITSTATUS(status) == 42);

  SQLite::Database database(path, SQLite::OPEN_READWRITE);
  CHECK(user_version(database) == 1);
  CHECK_FALSE(database.tableExists("two"));
  migrate(database, path, kTwo);
  CHECK(user_version(database) == 2);
}

TEST_CASE("a newer schema is refused with both numbers and nothing is changed") {
  SQLite::Database database = empty_database();
  migrate(database, "x", kTwo);
  database.exec("PRAGMA user_version = 9");
  for (const bool only_asked : {true, false}) {
    CAPTURE(only_asked);
    try {
      only_asked ? refuse_foreign(database, "/some/state.db", kTwo) : migrate(database, "/some/state.db", kTwo);
      FAIL("accepted");
    } catch (const Fatal& fatal) {
      CHECK(fatal.exit() == ExitCode::failed);
      CHECK(fatal.code() == "database_too_new");
      CHECK(std::string(fatal.what()) ==
            "the state file /some/state.db has schema 9, but this batchctl knows only schemas up to 2");
      CHECK(fatal.next().find("newer batchctl") != std::string::npos);
    }
  }
  CHECK(user_version(database) == 9);
}

TEST_CASE("another program's database is refused and left as it is") {
  SQLite::Database database = empty_database();
  database.exec("CREATE TABLE bookmarks (url TEXT)");
  SUBCASE("with its own schema number") { database.exec("PRAGMA user_version = 1"); }
  SUBCASE("without any") {}
  SUBCASE("with its own mark") { database.exec("PRAGMA application_id = 77"); }
  try {
    migrate(database, "x", kTwo);
    FAIL("accepted");
  } catch (const Fatal& fatal) {
    CHECK(fatal.code() == "not_a_state_file");
  }
  CHECK_FALSE(database.tableExists("one"));
}
