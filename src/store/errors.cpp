#include "store/errors.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/error.hpp"

namespace batchctl::store {

void throw_for(const SQLite::Exception& problem, const std::string& path) {
  const int code = problem.getErrorCode() < 0 ? SQLITE_ERROR : problem.getErrorCode() & 0xff;
  const auto fail = [&](const char* word, const char* sentence, const char* next) {
    throw Fatal(ExitCode::failed, word, fmt::format("the state file {} {}: {}", path, sentence, problem.what()), next);
  };
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail("database_locked", "is in use by another process and did not become free",
           "Wait until the other command has ended, then repeat this one");
      break;
    case SQLITE_FULL:
      fail("disk_full", "cannot grow because its disk is full", "Make room on the disk, then repeat the command");
      break;
    case SQLITE_IOERR:
      fail("disk_error", "could not be read or written",
           "Check the disk and the system's log, then repeat the command");
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      fail("database_damaged", "is damaged or not a database",
           "Nothing more was sent. If it is batchctl's, restore it from a backup: with another file (--state) what was"
           " submitted is created, and billed, again");
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      fail("database_not_writable", "must not be written to",
           "Check who owns the file and its directory, or name another file with --state");
      break;
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      fail("database_cannot_open", "cannot be opened",
           "Check who owns the file and its directory, or name another file with --state");
      break;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
      throw Bug(fmt::format("the state file {} refused a row: {}", path, problem.what()));
    default:
      break;
  }
  fail("database_error", "could not be used", "Repeat the command with -v; if it fails again, report it");
  throw Bug("unreachable");
}

}  // namespace batchctl::store
