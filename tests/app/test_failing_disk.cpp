// The n-th call of the disk under the database fails, for every n, while a run is driven: the command ends with the
// disk's error, and once the disk works the run goes on to its right end, with one job a chunk.
#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "app/rig.hpp"
#include "fakes/failing_disk.hpp"
#include "store/sqlite_store.hpp"

using namespace batchctl;
using namespace batchctl::app;
using fakes::DiskCall;
using fakes::DiskFault;
using fakes::DiskFile;
using fakes::FailingDisk;

namespace {

constexpr int kRecords = 4;
constexpr std::size_t kChunks = 2;

fakes::FakeOptions service() {
  fakes::FakeOptions options = with_cap(1);
  options.job.pending = seconds{40};
  options.job.running = seconds{50};
  return options;
}

/// Runs the verb to its end; the code of the error it ended with, or nothing.
std::string code_of(Rig& rig, const std::function<void()>& verb) {
  try {
    verb();
    return "";
  } catch (const Fatal& fatal) {
    CAPTURE(fatal.what());
    CHECK(fatal.exit() == ExitCode::failed);
    CHECK_FALSE(fatal.next().empty());
    rig.die();
    return fatal.code();
  }
}

/// A log that is written back to the database all the time, so that this may fail too.
void write_back_often(Rig& rig) {
  dynamic_cast<store::SqliteStore&>(*rig.store).connection().database().exec("PRAGMA wal_autocheckpoint = 4");
}

/// An empty database without a home, so that it need not be made each time.
const std::string& blank_database() {
  static const TempDir directory;
  static const std::string path = directory.path("blank.db");
  if (!std::filesystem::exists(path)) {
    open_store(path);
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec("DELETE FROM meta");
  }
  return path;
}

enum class Met { in_the_first_process, in_the_second };

/// One life of a run on a disk that fails once, or from then on; false when the fault was never met.
bool live(const DiskFault& fault, Met when, const std::string& code) {
  FailingDisk disk;
  Rig rig(service());
  std::filesystem::copy_file(blank_database(), rig.context.state_path);
  rig.reopen();
  write_back_often(rig);
  rig.service.order({.fault = Fault::lost_after, .nth = 2});
  rig.ask(kRecords);
  if (when == Met::in_the_second) {
    rig.submit();
    rig.close();
  }
  disk.fail(fault);
  const std::string said = code_of(rig, [&] {
    if (when == Met::in_the_second) {
      rig.reopen();
      write_back_often(rig);
    }
    rig.submit(patiently());
  });
  if (!said.empty()) CHECK(said == code);
  const bool met = disk.heal();
  if (!said.empty()) CHECK(met);
  rig.reopen();
  if (rig.store->run_named("qa")) rig.check_rows();
  rig.check_service();
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == kChunks);
  CHECK(rig.report().records.answered == kRecords);
  rig.check_service();
  rig.check_rows();
  rig.check_results(kRecords);
  return met;
}

void fail_each(const DiskFault& kind, Met when, const std::string& code, int at_least) {
  int n = 1;
  for (bool met = true; met; n += kStride) {
    CAPTURE(n);
    REQUIRE(n < 5000);
    DiskFault fault = kind;
    fault.nth = n;
    met = live(fault, when, code);
  }
  CHECK(n > at_least);
}

}  // namespace

TEST_CASE("whichever write under the database fails, a fresh start makes one job a chunk and one outcome a record") {
  fail_each({.call = DiskCall::write, .code = SQLITE_IOERR_WRITE}, Met::in_the_first_process, "disk_error", 200);
}

TEST_CASE("whenever the disk becomes full, the run goes on to its right end once there is room again") {
  fail_each({.call = DiskCall::write, .code = SQLITE_FULL, .lasting = true}, Met::in_the_second, "disk_full", 100);
}

TEST_CASE("whenever the log can no longer be written, the run goes on to its right end once it can") {
  fail_each({.call = DiskCall::write, .code = SQLITE_IOERR_WRITE, .lasting = true, .in = DiskFile::wal},
            Met::in_the_second, "disk_error", 100);
}

TEST_CASE("whichever sync under the database fails, a commit that nobody was told of makes no job twice") {
  fail_each({.call = DiskCall::sync, .code = SQLITE_IOERR_FSYNC}, Met::in_the_first_process, "disk_error", 30);
}

TEST_CASE("whichever read under the database fails, the run goes on to its right end") {
  fail_each({.call = DiskCall::read, .code = SQLITE_IOERR_READ}, Met::in_the_second, "disk_error", 15);
}

TEST_CASE("a database that another process holds too long ends the command, and afterwards the run goes on") {
  int waits = 0;
  for (bool met = true; met;) {
    ++waits;
    CAPTURE(waits);
    REQUIRE(waits < 1000);
    FailingDisk disk;
    Rig rig(service());
    rig.reopen();
    rig.ask(kRecords);
    rig.submit();
    // Held from the n-th wait on.
    std::unique_ptr<SQLite::Database> other;
    int left = waits;
    rig.door.before_wait = [&](Instant) {
      if (--left != 0) return;
      other = std::make_unique<SQLite::Database>(rig.context.state_path, SQLite::OPEN_READWRITE);
      other->exec("BEGIN IMMEDIATE");
    };
    const std::string said = code_of(rig, [&] { rig.resume(patiently()); });
    met = other != nullptr;
    CHECK(said == (met ? "database_locked" : ""));
    other.reset();
    rig.door.before_wait = {};
    rig.reopen();
    CHECK(rig.submit(patiently()).exit == ExitCode::done);
    CHECK(rig.service.jobs().size() == kChunks);
    rig.check_service();
    rig.check_rows();
    rig.check_results(kRecords);
  }
  CHECK(waits > 5);
}
