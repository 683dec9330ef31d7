#include "store/open.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdio>

#include <fstream>
#include <sstream>
#include <vector>

#include "base/error.hpp"
#include "store/place.hpp"
#include "store/sqlite_store.hpp"
#include "store/temp_dir.hpp"

using namespace batchctl;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777U;
}

std::string code_of_opening(const std::string& path) {
  try {
    open_store(path);
    return "";
  } catch (const Fatal& fatal) {
    CHECK(fatal.exit() == ExitCode::failed);
    CHECK(std::string(fatal.what()).find(path) != std::string::npos);
    CHECK_FALSE(fatal.next().empty());
    return fatal.code();
  }
}

std::string meta(const std::string& path, const std::string& key) {
  SQLite::Database database(path, SQLite::OPEN_READONLY);
  SQLite::Statement statement(database, "SELECT value FROM meta WHERE key = ?");
  statement.bind(1, key);
  return statement.executeStep() ? statement.getColumn(0).getString() : "";
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

NewRun a_run(const std::string& name) {
  NewRun run;
  run.id = RunId{name};
  run.name = name;
  return run;
}

}  // namespace

TEST_CASE("the state file and the directories made for it are private") {
  const TempDir directory;
  const std::string path = directory.path("a/b/state.db");
  const mode_t before = ::umask(0);
  const auto store = open_store(path);
  store->write([&] { store->add_run(a_run("qa")); });
  ::umask(before);
  CHECK(mode_of(directory.path("a")) == 0700);
  CHECK(mode_of(directory.path("a/b")) == 0700);
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(path + "-wal") == 0600);
  CHECK(mode_of(path + "-shm") == 0600);
}

TEST_CASE("a directory and a file that were there keep their modes") {
  const TempDir directory;
  REQUIRE(::mkdir(directory.path("shared").c_str(), 0755) == 0);
  REQUIRE(::chmod(directory.path("shared").c_str(), 0755) == 0);
  const std::string path = directory.path("shared/state.db");
  open_store(path);
  CHECK(mode_of(directory.path("shared")) == 0755);
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  open_store(path);
  CHECK(mode_of(path) == 0640);
}

TEST_CASE("what was written is there after the store was opened again") {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  {
    const auto store = open_store(path);
    store->write([&] { store->add_run(a_run("qa")); });
  }
  CHECK(open_store(path)->run_named("qa").has_value());
}

TEST_CASE("the database uses a write-ahead log, full syncs and foreign keys") {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  const auto opened = open_store(path);
  SQLite::Database other(path, SQLite::OPEN_READONLY);
  CHECK(other.execAndGet("PRAGMA journal_mode").getString() == "wal");
  auto& own = dynamic_cast<store::SqliteStore&>(*opened).connection().database();
  CHECK(own.execAndGet("PRAGMA synchronous").getInt() == 2);  // FULL
  CHECK(own.execAndGet("PRAGMA foreign_keys").getInt() == 1);
  CHECK_THROWS_AS(opened->write([&] { opened->add_chunks(RunKey{99}, std::vector<NewChunk>{NewChunk{}}, 1); }), Bug);
}

TEST_CASE("a missing state file is nothing for those who only look, and they make none") {
  const TempDir directory;
  const std::string path = directory.path("none/state.db");
  CHECK(open_store(path, OpenMode::existing) == nullptr);
  CHECK_FALSE(store::is_there(directory.path("none")));
  open_store(path);
  CHECK(open_store(path, OpenMode::existing) != nullptr);
}

TEST_CASE("a new database notes what tells it from a copy, and keeps that") {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  open_store(path);
  const std::string id = meta(path, "instance_id");
  CHECK(id.size() == 24);
  CHECK(meta(path, "host") == store::host_name());
  CHECK(meta(path, "inode") == store::inode_of(path));
  open_store(path);
  CHECK(meta(path, "instance_id") == id);
  const std::string other = directory.path("other.db");
  open_store(other);
  CHECK(meta(other, "instance_id") != id);
}

TEST_CASE("processes that make the same new database at once all succeed") {
  for (int round = 0; round < 5; ++round) {
    const TempDir directory;
    const std::string path = directory.path("deep/state.db");
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        try {
          const auto store = open_store(path);
          store->write([&] { store->add_run(a_run("run" + std::to_string(i))); });
          ::_exit(0);
        } catch (const std::exception& problem) {
          std::fprintf(stderr, "process %d: %s\n", i, problem.what());
          ::_exit(1);
        }
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      CHECK(status == 0);
    }
    CHECK(open_store(path)->runs().size() == 6);
  }
}

TEST_CASE("a file that is no database is refused and left as it is") {
  const TempDir directory;
  const std::string path = directory.path("notes.txt");
  const std::string text(5000, 'x');
  std::ofstream(path) << text;
  CHECK(code_of_opening(path) == "database_damaged");
  CHECK(bytes_of(path) == text);
}

TEST_CASE("another program's database is refused and keeps its bytes") {
  const TempDir directory;
  const std::string path = directory.path("bookmarks.db");
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE bookmarks (url TEXT)");
  const std::string before = bytes_of(path);
  CHECK(code_of_opening(path) == "not_a_state_file");
  CHECK(bytes_of(path) == before);
}

TEST_CASE("a newer state file is refused and keeps its bytes") {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  open_store(path);
  {
    SQLite::Database database(path, SQLite::OPEN_READWRITE);
    database.exec("PRAGMA user_version = 1000");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const std::string before = bytes_of(path);
  CHECK(code_of_opening(path) == "database_too_new");
  CHECK(bytes_of(path) == before);
}

TEST_CASE("a path that cannot hold a file is refused with the path") {
  const TempDir directory;
  SUBCASE("a directory") { CHECK(code_of_opening(directory.path("")) == "database_cannot_open"); }
  SUBCASE("below a file") {
    std::ofstream(directory.path("file")) << "x";
    CHECK(code_of_opening(directory.path("file/state.db")) == "database_cannot_open");
  }
  SUBCASE("a link to nowhere") {
    REQUIRE(::symlink("/nowhere/at/all", directory.path("link").c_str()) == 0);
    CHECK(code_of_opening(directory.path("link")) == "database_cannot_open");
  }
}

TEST_CASE("network file systems are told by their numbers, local ones are not taken for them") {
  CHECK(store::network_file_system(0x6969) == "NFS");
  CHECK(store::network_file_system(0xff534d42) == "CIFS");
  CHECK(store::network_file_system(0xfe534d42) == "SMB2");
  CHECK(store::network_file_system(0x01021997) == "9P");
  CHECK_FALSE(store::network_file_system(0xef53).has_value());      // ext4
  CHECK_FALSE(store::network_file_system(0x01021994).has_value());  // tmpfs
  CHECK_FALSE(store::network_file_system(0x9123683e).has_value());  // btrfs
  CHECK_FALSE(store::network_file_system(0x58465342).has_value());  // xfs
  CHECK_FALSE(store::network_file_system(0x794c7630).has_value());  // overlayfs
  CHECK_FALSE(store::network_file_system(0x65735546).has_value());  // FUSE
}
