#include "torture/state_file.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <exception>
#include <filesystem>

namespace batchctl::torture {

namespace {

constexpr int kBusyTimeoutMs = 20000;

// A job holds its quota exactly while its chunk may have it under way.
constexpr const char* kWrongHolds =
    "SELECT idx || ' is ' || state || ' with ' || holds || ' holds' FROM (SELECT idx, state,"
    " (SELECT count(*) FROM job WHERE job.chunk = chunk.chunk AND hold <> 'none' AND origin <> 'duplicate') AS holds,"
    " (SELECT count(*) FROM job WHERE job.chunk = chunk.chunk AND ended_at IS NOT NULL) AS ended FROM chunk)"
    " WHERE holds > 1 OR (state IN ('creating', 'reconciling') AND holds <> 1)"
    " OR (state IN ('submitted', 'cancelling') AND holds = 0 AND ended = 0)"
    " OR (state NOT IN ('creating', 'reconciling', 'submitted', 'cancelling') AND holds <> 0)";

std::string rows_of(SQLite::Database& database, const char* sql) {
  std::string text;
  SQLite::Statement rows(database, sql);
  while (rows.executeStep()) text += rows.getColumn(0).getString() + "\n";
  return text;
}

bool has_tables(SQLite::Database& database) {
  return !rows_of(database, "SELECT name FROM sqlite_schema WHERE name = 'journal'").empty();
}

void add_records(std::set<std::int64_t>& records, std::int64_t first, std::int64_t n) {
  for (std::int64_t record = first; record < first + n; ++record) records.insert(record);
}

void read_rows(SQLite::Database& database, StateFile& file) {
  SQLite::Statement run(database, "SELECT run_id, epoch FROM run");
  if (!run.executeStep()) return;
  file.run_id = run.getColumn(0).getString();
  file.epoch = run.getColumn(1).getInt64();
  SQLite::Statement chunks(database, "SELECT idx, kind = 'repair', state FROM chunk ORDER BY idx");
  while (chunks.executeStep())
    file.chunks.push_back(
        {chunks.getColumn(0).getInt(), chunks.getColumn(1).getInt() != 0, {}, chunks.getColumn(2).getString()});
  SQLite::Statement spans(database, "SELECT idx, span.first_record, n FROM span JOIN chunk USING (chunk)");
  while (spans.executeStep())
    add_records(file.chunks.at(spans.getColumn(0).getUInt()).records, spans.getColumn(1).getInt64(),
                spans.getColumn(2).getInt64());
  SQLite::Statement outcomes(database,
                             "SELECT idx, outcome.first_record, n FROM outcome JOIN job USING (job)"
                             " JOIN chunk USING (chunk)");
  while (outcomes.executeStep())
    add_records(file.not_ok[outcomes.getColumn(0).getInt()], outcomes.getColumn(1).getInt64(),
                outcomes.getColumn(2).getInt64());
  SQLite::Statement last(database,
                         "SELECT seq, to_state FROM journal WHERE chunk IS NOT NULL ORDER BY seq DESC LIMIT 1");
  if (last.executeStep()) {
    file.moves = last.getColumn(0).getInt64();
    file.last_state = last.getColumn(1).getString();
  }
  SQLite::Statement jobs(database, "SELECT name, display_name, hold FROM job");
  while (jobs.executeStep()) {
    if (!jobs.isColumnNull(0)) file.jobs[jobs.getColumn(0).getString()] = jobs.getColumn(1).getString();
    if (jobs.getColumn(2).getString() != "none") ++file.holds;
  }
}

void read(const std::string& path, int how, StateFile& file) {
  SQLite::Database database(path, how, kBusyTimeoutMs);
  const std::string integrity = rows_of(database, "PRAGMA integrity_check");
  if (integrity != "ok\n") file.wrong += "integrity_check: " + integrity;
  const std::string keys = rows_of(database, "PRAGMA foreign_key_check");
  if (!keys.empty()) file.wrong += "foreign_key_check: " + keys;
  if (!has_tables(database)) return;
  const std::string holds = rows_of(database, kWrongHolds);
  if (!holds.empty()) file.wrong += "chunk " + holds;
  read_rows(database, file);
}

}  // namespace

StateFile read_state_file(const std::string& path) {
  StateFile file;
  if (!std::filesystem::exists(path) || std::filesystem::file_size(path) == 0) return file;
  try {
    try {
      read(path, SQLite::OPEN_READONLY, file);
    } catch (const SQLite::Exception& problem) {
      // Who dies while the log is switched on leaves a journal that only a writer can roll back.
      if (problem.getErrorCode() != SQLITE_READONLY) throw;
      file = {};
      read(path, SQLite::OPEN_READWRITE, file);
    }
  } catch (const std::exception& problem) {
    file.wrong += fmt::format("the state file cannot be read: {}\n", problem.what());
  }
  return file;
}

}  // namespace batchctl::torture
