// What is to be repaired, and repair chunks: problems are claimed in the transaction that stores the chunk, and
// released in the one that brings it to rest (moves.cpp).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/sqlite_store.hpp"

namespace batchctl::store {

namespace {

// The index of migration 0005 is used only where these words stand as they stand there.
const std::string kPassing =
    " FROM problem INDEXED BY problem_passing WHERE run = ? AND claimed_by IS NULL"
    " AND (status = 'missing' OR (status = 'error' AND code IN (1, 4, 8, 13, 14))) AND tries < ?"
    " AND EXISTS (SELECT 1 FROM job JOIN result USING (job) JOIN chunk USING (chunk)"
    "   WHERE job.job = problem.job AND chunk.state <> 'cancelled')";

}  // namespace

const Sql kOpenProblems{"SELECT record, status FROM problem WHERE run = ? AND claimed_by IS NULL ORDER BY record"};
std::vector<std::int64_t> SqliteStore::open_problems(RunKey run, std::span<const RecordStatus> statuses) {
  std::vector<std::int64_t> all;
  for (Query row(connection_, kOpenProblems, run); row.step();) {
    const std::int64_t record = row.integer();
    const std::optional<RecordStatus> status = record_status_named(row.text());
    if (status && std::find(statuses.begin(), statuses.end(), *status) != statuses.end()) all.push_back(record);
  }
  return all;
}

const Sql kPassingProblems{"SELECT record" + kPassing + " ORDER BY record"};
std::vector<std::int64_t> SqliteStore::passing_problems(RunKey run, int most_tries) {
  std::vector<std::int64_t> all;
  if (purged_at(run)) return all;  // its answers could not be merged
  for (Query row(connection_, kPassingProblems, run, most_tries); row.step();) all.push_back(row.integer());
  return all;
}

const Sql kPassingCount{"SELECT count(*)" + kPassing};
const Sql kClaimedCount{
    "SELECT count(*) FROM problem INDEXED BY problem_claimed WHERE claimed_by IS NOT NULL AND run = ?"};
const Sql kBaseCount{"SELECT count(*) FROM chunk WHERE run = ? AND kind = 'base'"};
RepairTally SqliteStore::repair_tally(RunKey run, int most_tries) {
  RepairTally tally;
  read([&] {
    Query passing(connection_, kPassingCount, run, most_tries);
    passing.one();
    tally.passing = purged_at(run) ? 0 : passing.integer();
    Query claimed(connection_, kClaimedCount, run);
    claimed.one();
    tally.claimed = claimed.integer();
    Query base(connection_, kBaseCount, run);
    base.one();
    tally.base_chunks = base.integer();
  });
  return tally;
}

const Sql kClaim{
    "UPDATE problem SET claimed_by = ? WHERE run = ? AND record >= ? AND record < ? AND claimed_by IS NULL"};
int SqliteStore::add_repair(RunKey run, NewChunk chunk) {
  connection_.must_be_writing();
  chunk.kind = ChunkKind::repair;
  chunk.index = next_index(run);
  const ChunkKey key = add_chunk(run, chunk);
  std::int64_t claimed = 0;
  for (const Span& span : chunk.spans)
    claimed += Query(connection_, kClaim, key, run, span.first_record, span.first_record + span.records).run();
  if (claimed != chunk.records)
    throw Bug(fmt::format("a repair chunk of {} records claims {} problems", chunk.records, claimed));
  return chunk.index;
}

const Sql kClaims{"SELECT count(*) FROM problem WHERE claimed_by = ?"};
std::int64_t SqliteStore::claims(ChunkKey chunk) {
  Query row(connection_, kClaims, chunk);
  row.one();
  return row.integer();
}

}  // namespace batchctl::store
