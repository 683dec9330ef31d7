// Brings a database to the newest schema.
//
// SQLite's own exceptions pass through here.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

#include "store/migrations.hpp"

namespace batchctl::store {

/// What PRAGMA application_id says of a state file.
inline constexpr int kApplicationId = 0x62636374;

/// Throws Fatal when the file has a schema newer than these migrations, or belongs to another program. Changes nothing.
void refuse_foreign(SQLite::Database& database, const std::string& path, const std::vector<Migration>& migrations);

/// Applies what is missing, each migration in one IMMEDIATE transaction that also raises PRAGMA user_version, so that a
/// killed one leaves nothing behind. Several processes may do this at once: one applies, the others find it done.
/// Refuses as above.
void migrate(SQLite::Database& database, const std::string& path, const std::vector<Migration>& migrations);

}  // namespace batchctl::store
