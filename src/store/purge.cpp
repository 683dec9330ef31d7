// Runs whose raw results were removed: their counts, hashes and problems stay.
#include "store/sqlite_store.hpp"

namespace batchctl::store {

const Sql kPurgeRun{
    "INSERT OR IGNORE INTO meta (key, value) SELECT 'purged/' || run_id, CAST(?1 AS TEXT) FROM run WHERE run = ?2"};
void SqliteStore::purge_run(RunKey run, Instant at) {
  connection_.must_be_writing();
  Query(connection_, kPurgeRun, at, run).run();
}

const Sql kPurgedAt{
    "SELECT CAST(value AS INTEGER) FROM meta, run WHERE run.run = ? AND meta.key = 'purged/' || run.run_id"};
std::optional<Instant> SqliteStore::purged_at(RunKey run) {
  Query row(connection_, kPurgedAt, run);
  return row.step() ? std::optional{row.instant()} : std::nullopt;
}

}  // namespace batchctl::store
