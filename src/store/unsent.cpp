// Records that are not sent and keep their index.
#include "store/sqlite_store.hpp"

namespace batchctl::store {

const Sql kAddUnsent{
    "INSERT INTO unsent (run, record, line, input, src_offset, src_bytes, print, msg, same_as)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"};
void SqliteStore::add_unsent(RunKey run, std::span<const UnsentRecord> records) {
  connection_.must_be_writing();
  std::string last_text;  // neighbours mostly say the same
  std::optional<std::int64_t> last_message;
  for (const UnsentRecord& record : records) {
    if (record.message != last_text) last_message = message_id(last_text = record.message);
    Query(connection_, kAddUnsent, run, record.record, record.line, record.input, record.offset, record.bytes,
          record.text_print, record.same_as ? std::nullopt : last_message, record.same_as)
        .run();
  }
}

const Sql kDropUnsent{"DELETE FROM unsent WHERE run = ? AND record >= ?"};
void SqliteStore::drop_unsent(RunKey run, std::int64_t first) {
  connection_.must_be_writing();
  Query(connection_, kDropUnsent, run, first).run();
}

const Sql kUnsentRecords{
    "SELECT record, line, input, src_offset, src_bytes, print, coalesce(message.text, ''), same_as"
    " FROM unsent LEFT JOIN message USING (msg) WHERE run = ? AND record >= ? AND record < ? ORDER BY record LIMIT ?"};
std::vector<UnsentRecord> SqliteStore::unsent(RunKey run, std::int64_t first, std::int64_t end, int limit) {
  std::vector<UnsentRecord> all;
  for (Query row(connection_, kUnsentRecords, run, first, end, limit); row.step();) {
    UnsentRecord record;
    record.record = row.integer();
    record.line = row.integer();
    record.input = row.small();
    record.offset = row.size();
    record.bytes = row.size();
    record.text_print = row.integer();
    record.message = row.text();
    record.same_as = row.maybe_integer();
    all.push_back(std::move(record));
  }
  return all;
}

const Sql kRepeated{
    "SELECT DISTINCT same_as FROM unsent WHERE run = ? AND same_as >= ? AND same_as < ? ORDER BY same_as"};
std::vector<std::int64_t> SqliteStore::repeated(RunKey run, std::int64_t first, std::int64_t end) {
  std::vector<std::int64_t> all;
  for (Query row(connection_, kRepeated, run, first, end); row.step();) all.push_back(row.integer());
  return all;
}

const Sql kSkippedCount{"SELECT count(*) FROM unsent WHERE run = ? AND same_as IS NULL"};
// As counted when the scan ended: there may be millions.
const Sql kRepeatedCount{
    "SELECT coalesce(sum(repeats), 0) FROM chunk INDEXED BY chunk_repeats WHERE run = ? AND repeats > 0"};
UnsentTally SqliteStore::unsent_tally(RunKey run) {
  UnsentTally tally;
  read([&] {
    const auto number = [&](const Sql& sql) {
      Query row(connection_, sql, run);
      row.one();
      return row.integer();
    };
    tally.skipped = number(kSkippedCount);
    tally.repeated = number(kRepeatedCount);
  });
  return tally;
}

}  // namespace batchctl::store
