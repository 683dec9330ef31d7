#include "store/migrator.hpp"

#include <SQLiteCpp/Savepoint.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "base/crash_point.hpp"
#include "base/error.hpp"

namespace batchctl::store {

namespace {

int pragma(SQLite::Database& database, const char* name) {
  SQLite::Statement statement(database, fmt::format("PRAGMA {}", name));
  return statement.executeStep() ? statement.getColumn(0).getInt() : 0;
}

bool has_tables(SQLite::Database& database) {
  SQLite::Statement statement(database, "SELECT 1 FROM sqlite_schema LIMIT 1");
  return statement.executeStep();
}

/// The schema's number; throws when this program must not touch the file.
int version_we_know(SQLite::Database& database, const std::string& path, int newest) {
  // One reading of all three: another process may be making the database between them.
  SQLite::Savepoint snapshot(database, "version");
  const int version = pragma(database, "user_version");
  const bool ours = pragma(database, "application_id") == kApplicationId;
  if (!ours && (version != 0 || has_tables(database)))
    throw Fatal(ExitCode::failed, "not_a_state_file", fmt::format("{} is a database, but not one of batchctl's", path),
                "Name another file with --state");
  if (version > newest)
    throw Fatal(ExitCode::failed, "database_too_new",
                fmt::format("the state file {} has schema {}, but this batchctl knows only schemas up to {}", path,
                            version, newest),
                "Install a newer batchctl, or name another file with --state");
  snapshot.release();
  return version;
}

int newest_of(const std::vector<Migration>& migrations) { return migrations.empty() ? 0 : migrations.back().number; }

}  // namespace

void refuse_foreign(SQLite::Database& database, const std::string& path, const std::vector<Migration>& migrations) {
  version_we_know(database, path, newest_of(migrations));
}

void migrate(SQLite::Database& database, const std::string& path, const std::vector<Migration>& migrations) {
  const int newest = newest_of(migrations);
  if (version_we_know(database, path, newest) == newest) return;
  for (const Migration& migration : migrations) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    // Asked again under the lock: another process may have been faster.
    if (version_we_know(database, path, newest) >= migration.number) continue;
    database.exec(migration.sql);
    database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
    database.exec(fmt::format("PRAGMA user_version = {}", migration.number));
    transaction.commit();
    crash_point(CrashPoint::database_made);
  }
}

}  // namespace batchctl::store
