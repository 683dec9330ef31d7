#include "store/open.hpp"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <thread>
#include <utility>

#include "base/random.hpp"
#include "store/errors.hpp"
#include "store/migrator.hpp"
#include "store/place.hpp"
#include "store/sqlite_store.hpp"

namespace batchctl {

namespace {

using namespace store;

constexpr int kBusyTimeoutMs = 5000;

std::string journal_mode(SQLite::Database& database, const char* command) {
  SQLite::Statement statement(database, command);
  return statement.executeStep() ? statement.getColumn(0).getString() : "";
}

/// SQLite does not wait for others when the journal mode changes, not even for a read: two processes that make a
/// database at once would trip over each other. Tries for as long as the busy time-out would.
template <class Body>
void while_busy(const Body& body) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{kBusyTimeoutMs};
  while (true) {
    try {
      return body();
    } catch (const SQLite::Exception& problem) {
      const bool busy = (problem.getErrorCode() & 0xff) == SQLITE_BUSY;
      if (!busy || std::chrono::steady_clock::now() >= until) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

void use_write_ahead_log(SQLite::Database& database) {
  if (journal_mode(database, "PRAGMA journal_mode") == "wal") return;
  if (journal_mode(database, "PRAGMA journal_mode = WAL") == "wal") return;
  throw SQLite::Exception("the write-ahead log cannot be switched on", SQLITE_CANTOPEN);
}

void write_identity(SQLite::Database& database, const std::string& path) {
  SQLite::Statement known(database, "SELECT 1 FROM meta WHERE key = 'inode'");
  if (known.executeStep()) return;
  // OR IGNORE: when two processes make a database at once, the first one's rows stay.
  SQLite::Statement add(database,
                        "INSERT OR IGNORE INTO meta (key, value) VALUES ('instance_id', ?), ('host', ?), ('inode', ?)");
  add.bind(1, random_name(24));
  add.bind(2, host_name());
  add.bind(3, inode_of(path));
  add.exec();
}

}  // namespace

std::unique_ptr<Store> open_store(const std::string& path, OpenMode mode) {
  if (mode == OpenMode::create)
    make_private_file(path);
  else if (!is_there(path))
    return nullptr;
  must_be_local(path);
  return translated(path, [&] {
    SQLite::Database database(path, SQLite::OPEN_READWRITE, kBusyTimeoutMs);
    // Before anything that changes the file: it may be newer than we are, or not ours.
    while_busy([&] {
      refuse_foreign(database, path, embedded_migrations());
      use_write_ahead_log(database);
      database.exec("PRAGMA synchronous = FULL");
      migrate(database, path, embedded_migrations());
      write_identity(database, path);
    });
    database.exec("PRAGMA foreign_keys = ON");  // last: a migration may rebuild tables
    auto store = std::make_unique<SqliteStore>(Connection(std::move(database), path, {}));
    if (mode == OpenMode::create) store->must_be_whole();  // a run that a damaged index hides would be made again
    return store;
  });
}

std::unique_ptr<Store> open_store_in_memory(std::function<void()> before_commit) {
  const std::string path = ":memory:";
  return translated(path, [&] {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    migrate(database, path, embedded_migrations());
    database.exec("PRAGMA foreign_keys = ON");
    return std::make_unique<SqliteStore>(Connection(std::move(database), path, std::move(before_commit)));
  });
}

}  // namespace batchctl
