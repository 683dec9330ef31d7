// Which file on which machine this database is. A copy, or one restored from a backup, does not know what was created
// since: it must be compared with the service before it creates anything.
#include <fmt/format.h>

#include "store/place.hpp"
#include "store/sqlite_store.hpp"

namespace batchctl::store {

const Sql kMeta{"SELECT value FROM meta WHERE key = ?"};
std::string SqliteStore::meta(const std::string& key) {
  Query row(connection_, kMeta, key);
  return row.step() ? row.text() : "";
}

std::optional<std::string> SqliteStore::copied_from() {
  const std::string host = meta("host"), inode = meta("inode");
  if (inode.empty()) return std::nullopt;  // in memory
  if (host != host_name()) return fmt::format("it was made on the host {}, and this is {}", host, host_name());
  if (inode != inode_of(connection_.path())) return "it is another file than the one that was made";
  return std::nullopt;
}

const Sql kPutMeta{"INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"};
const Sql kCompareEveryRun{
    "INSERT OR REPLACE INTO meta (key, value) SELECT 'take_over/' || run_id, CAST(? AS TEXT)"
    " FROM run NOT INDEXED"};
void SqliteStore::take_over(Instant at) {
  connection_.must_be_writing();
  Query(connection_, kPutMeta, std::string_view("host"), host_name()).run();
  if (!meta("inode").empty())
    Query(connection_, kPutMeta, std::string_view("inode"), inode_of(connection_.path())).run();
  Query(connection_, kCompareEveryRun, at).run();
}

const Sql kTakingOverSince{
    "SELECT CAST(value AS INTEGER) FROM meta, run WHERE run.run = ? AND meta.key = 'take_over/' || run.run_id"};
std::optional<Instant> SqliteStore::taking_over_since(RunKey run) {
  Query row(connection_, kTakingOverSince, run);
  return row.step() ? std::optional{row.instant()} : std::nullopt;
}

const Sql kEndTakeOver{"DELETE FROM meta WHERE key = 'take_over/' || (SELECT run_id FROM run WHERE run = ?)"};
void SqliteStore::end_take_over(RunKey run, std::int64_t epoch) {
  connection_.must_be_writing();
  must_drive(run, epoch);
  Query(connection_, kEndTakeOver, run).run();
}

}  // namespace batchctl::store
