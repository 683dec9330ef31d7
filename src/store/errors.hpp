// SQLite's failures as sentences for a person. No SQLite exception leaves this room.
#pragma once

#include <SQLiteCpp/Exception.h>

#include <string>

namespace batchctl::store {

/// Throws Fatal{failed} with the path and SQLite's own words, one code for each thing a person can do about it:
/// database_locked, disk_full, disk_error, database_damaged, database_not_writable, database_cannot_open, and
/// database_error for the rest. A broken constraint is our mistake: Bug.
[[noreturn]] void throw_for(const SQLite::Exception& problem, const std::string& path);

/// Runs `body`, turning what SQLite throws into the above.
template <class Body>
decltype(auto) translated(const std::string& path, Body&& body) {
  try {
    return body();
  } catch (const SQLite::Exception& problem) {
    throw_for(problem, path);
  }
}

}  // namespace batchctl::store
