// The n-th call of the disk fails, for every n and every kind of call: one clear error, nothing half-written, and once
// the disk works again the database opens and goes on.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "fakes/failing_disk.hpp"
#include "store/fixture.hpp"
#include "store/temp_dir.hpp"

using namespace batchctl;
using fakes::DiskCall;
using fakes::DiskFault;
using fakes::DiskFile;
using fakes::FailingDisk;

namespace {

struct Kind {
  std::string words;
  DiskFault fault;
  std::string code;           // of the error that a person reads
  bool does_no_harm = false;  // SQLite goes on without
};

const std::vector<Kind> kKinds = {
    {"a read fails", {.call = DiskCall::read, .code = SQLITE_IOERR_READ}, "disk_error"},
    {"a write fails", {.call = DiskCall::write, .code = SQLITE_IOERR_WRITE}, "disk_error"},
    {"the disk is full", {.call = DiskCall::write, .code = SQLITE_FULL}, "disk_full"},
    {"the disk stays full", {.call = DiskCall::write, .code = SQLITE_FULL, .lasting = true}, "disk_full"},
    {"the log cannot be written",
     {.call = DiskCall::write, .code = SQLITE_IOERR_WRITE, .lasting = true, .in = DiskFile::wal},
     "disk_error"},
    {"a sync fails", {.call = DiskCall::sync, .code = SQLITE_IOERR_FSYNC}, "disk_error"},
    {"no sync works", {.call = DiskCall::sync, .code = SQLITE_IOERR_FSYNC, .lasting = true}, "disk_error"},
    {"a file cannot be cut", {.call = DiskCall::truncate, .code = SQLITE_IOERR_TRUNCATE}, "disk_error", true},
    {"a size cannot be read", {.call = DiskCall::size, .code = SQLITE_IOERR_FSTAT}, "disk_error"},
    {"a lock fails", {.call = DiskCall::lock, .code = SQLITE_IOERR_LOCK}, "disk_error"},
    {"the shared memory fails", {.call = DiskCall::share, .code = SQLITE_IOERR_SHMMAP}, "disk_error"},
    {"a file cannot be opened", {.call = DiskCall::open, .code = SQLITE_CANTOPEN}, "database_cannot_open"},
    {"a file cannot be removed", {.call = DiskCall::remove, .code = SQLITE_IOERR_DELETE}, "disk_error", true},
};

/// Every row of every table but those that differ by chance, as text.
std::string everything_in(const std::string& path) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE, 0);
  CHECK(database.execAndGet("PRAGMA integrity_check").getString() == "ok");
  std::string all;
  SQLite::Statement tables(database, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'meta'");
  while (tables.executeStep()) {
    SQLite::Statement rows(database, "SELECT * FROM " + tables.getColumn(0).getString());
    while (rows.executeStep()) {
      for (int i = 0; i < rows.getColumnCount(); ++i) all += rows.getColumn(i).getString() + "|";
      all += "\n";
    }
  }
  return all;
}

/// What a run does to its database, one write after another, from whichever of them is next.
class Story {
 public:
  explicit Story(const std::string& path) : store_(open_store(path, OpenMode::existing)) {}

  static constexpr int kSteps = 7;
  void step(int number) {
    store_->write([&] {
      switch (number) {
        case 0: {
          NewRun run;
          run.id = RunId{"id"};
          run.name = "qa";
          run.created_at = at(0);
          store_->add_run(run);
          return;
        }
        case 1: {
          std::vector<NewChunk> chunks;
          for (int i = 0; i < 40; ++i) chunks.push_back(base_chunk(i, i * 10, 10));
          return store_->add_chunks(run(), chunks, 400);
        }
        case 2:
          return store_->finish_scan(
              run(), {Input{.path = "", .shown_path = "", .records = 400, .sha256 = "", .spool_path = ""}}, "qa");
        case 3:
          store_->begin_driving(run(), DriverMark{1, "host", at(1)});
          return;
        case 4:
          return move(ChunkEvent::upload_started);
        case 5:
          return move(ChunkEvent::upload_confirmed);
        default:
          for (int i = 0; i < 30; ++i) store_->note(run(), {}, at(2), "event", std::string(900, 'x'));
      }
    });
    static_cast<void>(store_->runs());
    static_cast<void>(store_->chunks(store_->runs().front().key, 0, 100));
  }

 private:
  RunKey run() { return store_->run_named("qa")->key; }
  void move(ChunkEvent event) {
    const Run qa = store_->run(run());
    const Chunk chunk = store_->chunk_at(qa.key, 0).value();
    ChunkMove step;
    step.run = qa.key;
    step.epoch = qa.epoch;
    step.chunk = chunk.key;
    step.from = chunk.state;
    step.event = event;
    step.at = at(1);
    store_->move(step);
  }

  std::unique_ptr<Store> store_;
};

/// What the database holds after each step; the first: before any.
std::vector<std::string> chapters() {
  const TempDir directory;
  const std::string path = directory.path("state.db");
  open_store(path);
  std::vector<std::string> all = {everything_in(path)};
  for (int i = 0; i < Story::kSteps; ++i) {
    Story(path).step(i);
    all.push_back(everything_in(path));
  }
  return all;
}

}  // namespace

TEST_CASE("whichever call of the disk fails while a database is made, it says so, and the next one makes it") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.words);
    FailingDisk disk;
    int met = 0;
    for (int n = 1;; ++n) {
      CAPTURE(n);
      REQUIRE(n < 5000);
      const TempDir directory;
      const std::string path = directory.path("state.db");
      DiskFault fault = kind.fault;
      fault.nth = n;
      disk.fail(fault);
      const std::string code = code_of([&] { open_store(path); });
      const bool failed = disk.heal();
      if (!code.empty()) CHECK(code == kind.code);
      if (!code.empty()) CHECK(failed);
      met += code.empty() ? 0 : 1;
      const auto store = open_store(path);
      store->write([&] { store->add_run(NewRun{}); });
      CHECK(everything_in(path).find("|") != std::string::npos);
      if (!failed) break;
    }
    CHECK((met == 0) == kind.does_no_harm);
  }
}

TEST_CASE("whichever call of the disk fails in a write, the write is there as a whole or not at all, and it goes on") {
  FailingDisk disk;
  const std::vector<std::string> expected = chapters();
  const TempDir blank;
  open_store(blank.path("state.db"));
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.words);
    int met = 0;
    for (int n = 1;; ++n) {
      CAPTURE(n);
      REQUIRE(n < 5000);
      const TempDir directory;
      const std::string path = directory.path("state.db");
      std::filesystem::copy_file(blank.path("state.db"), path);
      DiskFault fault = kind.fault;
      fault.nth = n;
      disk.fail(fault);
      int next = 0;
      const std::string code = code_of([&] {
        Story story(path);
        for (; next < Story::kSteps; ++next) story.step(next);
      });
      const bool failed = disk.heal();
      if (!code.empty()) CHECK(code == kind.code);
      if (!code.empty()) CHECK(failed);
      met += code.empty() ? 0 : 1;

      // A write whose commit was refused may be there all the same: of that one nobody was told either.
      const std::string there = everything_in(path);
      const auto reached = std::find(expected.begin(), expected.end(), there) - expected.begin();
      REQUIRE(reached < static_cast<std::ptrdiff_t>(expected.size()));
      CHECK(reached >= next);
      CHECK(reached <= next + 1);
      Story story(path);
      for (auto i = static_cast<int>(reached); i < Story::kSteps; ++i) story.step(i);
      CHECK(everything_in(path) == expected.back());
      if (!failed) break;
    }
    CHECK((met == 0) == kind.does_no_harm);
  }
}

TEST_CASE(
    "a database that another process holds is waited for as long as the busy time-out, and then said to be in use") {
  FailingDisk disk;
  const TempDir directory;
  const std::string path = directory.path("state.db");
  const auto holder = open_store(path);
  const auto other = open_store(path);
  const auto add_run = [&] { other->write([&] { other->add_run(NewRun{}); }); };
  holder->write([&] {
    CHECK(code_of(add_run) == "database_locked");
    CHECK(disk.waited() >= std::chrono::seconds{4});
    CHECK(other->runs().empty());  // who only looks is not held up
  });
  add_run();
  CHECK(holder->runs().size() == 1);
}

TEST_CASE("a state file that may only be read is said to be so, whether it has a log or not, and stays as it is") {
  FailingDisk disk;
  const TempDir directory;
  const std::string path = directory.path("state.db");
  std::unique_ptr<Store> open = open_store(path);
  open->write([&] { open->add_run(NewRun{}); });
  SUBCASE("while another process has it open") {}
  SUBCASE("with nobody else") { open.reset(); }
  const std::string before = everything_in(path);
  disk.be_read_only();
  const std::string code = code_of([&] {
    const auto store = open_store(path);
    store->write([&] { store->add_run(NewRun{}); });
  });
  CHECK((code == "database_not_writable" || code == "database_cannot_open"));  // the same advice
  disk.heal();
  CHECK(everything_in(path) == before);
}
