// The account of a run's records: what is answered, what is not, what is still outstanding.
//
// A record is covered once a result of a chunk that holds it is stored, or once its base chunk came to rest without
// output. A covered record is ok unless a `problem` row names it; that row is the best outcome so far. The first stored
// ok stands: no later result can take it away.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "store/jobs_of_run.hpp"
#include "store/sqlite_store.hpp"

namespace batchctl::store {

std::vector<SqliteStore::Stretch> SqliteStore::stretches_of(const Chunk& chunk) {
  if (chunk.kind == ChunkKind::base && chunk.unsent == 0) return {{chunk.first_record, chunk.records}};
  std::vector<Stretch> all;
  for (const Span& span : spans(chunk.key)) all.push_back({span.first_record, span.records});
  std::sort(all.begin(), all.end(), [](const Stretch& a, const Stretch& b) { return a.first < b.first; });
  return all;
}

const Sql kHasEarlierResult{
    "SELECT EXISTS (SELECT 1 FROM job JOIN result USING (job) WHERE job.chunk = ? AND job.job IS NOT ?)"};
// INDEXED BY, because SQLite would rather read a covering index of every chunk than the few rows of a partial one.
const Sql kRepairedSpans{
    "SELECT span.first_record, span.n FROM chunk INDEXED BY chunk_repair CROSS JOIN span ON span.chunk = chunk.chunk"
    " WHERE chunk.run = ? AND chunk.kind = 'repair' AND span.first_record < ? AND span.first_record + span.n > ?"
    " AND EXISTS (SELECT 1 FROM job JOIN result USING (job) WHERE job.chunk = chunk.chunk)"
    " ORDER BY span.first_record"};
std::vector<SqliteStore::Stretch> SqliteStore::covered_before(const Chunk& chunk, JobKey job) {
  // A record enters a repair chunk only with a problem, so it was covered.
  if (chunk.kind == ChunkKind::repair) return stretches_of(chunk);
  {
    Query row(connection_, kHasEarlierResult, chunk.key, job);
    row.one();
    if (row.integer() != 0) return stretches_of(chunk);
  }
  std::vector<Stretch> all;
  const std::int64_t end = chunk.end_record();
  for (Query row(connection_, kRepairedSpans, chunk.run, end, chunk.first_record); row.step();) {
    const std::int64_t first = row.integer();
    all.push_back({first, row.integer()});
  }
  return all;
}

const Sql kStanding{"SELECT record, status FROM problem WHERE run = ? AND record >= ? AND record < ? ORDER BY record"};
const Sql kDropProblem{"DELETE FROM problem WHERE run = ? AND record = ?"};
const Sql kImproveProblem{"UPDATE problem SET status = ?, code = ?, msg = ?, job = ? WHERE run = ? AND record = ?"};
const Sql kAddProblem{"INSERT INTO problem (status, code, msg, job, run, record) VALUES (?, ?, ?, ?, ?, ?)"};
void SqliteStore::account(const Chunk& chunk, JobKey job, const std::function<const Problem*()>& next_problem) {
  struct Standing {
    std::int64_t record;
    RecordStatus status;
  };
  std::vector<Standing> standing;
  const std::vector<Stretch> stretches = stretches_of(chunk);
  for (const Stretch& stretch : stretches)
    for (Query row(connection_, kStanding, chunk.run, stretch.first, stretch.first + stretch.n); row.step();) {
      const std::int64_t record = row.integer();
      standing.push_back({record, record_status_named(row.text()).value_or(RecordStatus::missing)});
    }
  const std::vector<Stretch> covered = covered_before(chunk, job);

  std::string last_text;  // neighbours mostly say the same
  std::optional<std::int64_t> last_message;
  const auto put = [&](const Sql& sql, const Problem& problem) {
    if (problem.message != last_text) last_message = message_id(last_text = problem.message);
    Query(connection_, sql, name_of(problem.status), problem.code, last_message, job, chunk.run, problem.record).run();
  };

  // All lists are by record and are walked side by side. Stretches of `covered` may overlap (a record can be repaired
  // twice), so that walk remembers how far those that have begun reach.
  auto old = standing.begin();
  auto cover = covered.begin();
  auto mine = stretches.begin();
  std::int64_t covered_to = 0;
  const auto drop_before = [&](std::int64_t record) {
    for (; old != standing.end() && old->record < record; ++old)
      Query(connection_, kDropProblem, chunk.run, old->record).run();
  };
  while (const Problem* problem = next_problem()) {
    const std::int64_t record = problem->record;
    while (mine != stretches.end() && mine->first + mine->n <= record) ++mine;
    if (mine == stretches.end() || record < mine->first)
      throw Bug(fmt::format("record {} is not of chunk {}", record, chunk.index));
    for (; cover != covered.end() && cover->first <= record; ++cover)
      covered_to = std::max(covered_to, cover->first + cover->n);
    drop_before(record);
    if (old != standing.end() && old->record == record) {
      if (rank_of(problem->status) <= rank_of(old->status)) put(kImproveProblem, *problem);
      ++old;
    } else if (record >= covered_to) {
      put(kAddProblem, *problem);
    }
  }
  drop_before(std::numeric_limits<std::int64_t>::max());
}

const Sql kTotalRecords{"SELECT coalesce(scan_offset, records) FROM run WHERE run = ?"};
// Resting chunks by the index alone; of the others those with a (late) result.
const std::string kResting = " state IN ('done', 'failed', 'cancelled')";
const std::string kNotHalved =
    " AND NOT (state = 'cancelled' AND EXISTS (SELECT 1 FROM chunk AS half WHERE half.replaces = chunk.chunk))";
const std::string kAnsweredLate = " chunk IN (SELECT job.chunk FROM " +
                                  jobs_of_run("job_of_chunk", "CROSS JOIN result ON result.job = job.job") + ")";
const Sql kRestingRecords{"SELECT coalesce(sum(records), 0) FROM chunk WHERE run = ? AND kind = 'base' AND" + kResting +
                          kNotHalved};
const Sql kLateRecords{"SELECT coalesce(sum(records), 0) FROM chunk WHERE run = ?1 AND kind = 'base' AND" +
                       kAnsweredLate + " AND NOT" + kResting};
const Sql kCoveredRepeats{
    "SELECT coalesce(sum(repeats), 0) FROM chunk INDEXED BY chunk_repeats"
    " WHERE run = ?1 AND repeats > 0 AND kind = 'base' AND (" +
    kResting + " OR" + kAnsweredLate + ")" + kNotHalved};
const Sql kProblemCount{"SELECT count(*) FROM problem WHERE run = ?"};
// From the few problems to who shares them.
const Sql kRepeatedProblems{
    "SELECT count(*) FROM problem CROSS JOIN unsent INDEXED BY unsent_same"
    " ON unsent.run = problem.run AND unsent.same_as = problem.record WHERE problem.run = ?"};
const Sql kSkippedBefore{"SELECT count(*) FROM unsent WHERE run = ? AND same_as IS NULL AND record < ?"};
RecordTally SqliteStore::record_tally(RunKey run) {
  RecordTally tally;
  read([&] {
    const auto number = [&](const Sql& sql) {
      Query row(connection_, sql, run);
      row.one();
      return row.integer();
    };
    tally.total = number(kTotalRecords);
    Query skipped(connection_, kSkippedBefore, run, tally.total);  // the scan's chunks may lag behind
    skipped.one();
    const std::int64_t failed_at_once = skipped.integer();
    const std::int64_t covered =
        number(kRestingRecords) + number(kLateRecords) + number(kCoveredRepeats) + failed_at_once;
    tally.failed = number(kProblemCount) + number(kRepeatedProblems) + failed_at_once;
    tally.answered = covered - tally.failed;
    tally.outstanding = tally.total - covered;
  });
  return tally;
}

const Sql kHalvedTokens{
    "SELECT coalesce(sum(tokens_est), 0) FROM chunk WHERE run = ? AND kind = 'base' AND state = 'cancelled'"
    " AND EXISTS (SELECT 1 FROM chunk AS half WHERE half.replaces = chunk.chunk)"};
const Sql kEnqueuedTokens{
    "SELECT coalesce(sum(job.tokens_est), 0) FROM job CROSS JOIN chunk ON chunk.chunk = job.chunk"
    " WHERE job.hold <> 'none' AND chunk.run = ?"};
const Sql kSpentTokens{
    "SELECT coalesce(sum(tok_in), 0), coalesce(sum(tok_out), 0), coalesce(sum(tok_think), 0),"
    " coalesce(sum(tok_cached), 0), coalesce(sum(tok_wasted), 0)"
    " FROM " +
    jobs_of_run("job_of_chunk", "CROSS JOIN result ON result.job = job.job")};
// Keyless lines are answers too; of a failed request there is nothing to read.
const Sql kUnreadAnswers{
    "SELECT coalesce(sum(max(0, min(missing, counted - readable))), 0) FROM"
    " (SELECT result.missing, json_extract(job.stats_json, '$.succeeded') AS counted,"
    " result.ok + result.unknown_keys + (SELECT coalesce(sum(n), 0) FROM outcome WHERE outcome.job = result.job"
    " AND status IN ('truncated', 'blocked', 'empty', 'invalid')) AS readable"
    " FROM " +
    jobs_of_run("job_of_chunk", "CROSS JOIN result ON result.job = job.job") + " AND result.missing > 0)"};
Usage SqliteStore::usage(RunKey run) {
  Usage usage;
  read([&] {
    const auto number = [&](const Sql& sql) {
      Query row(connection_, sql, run);
      row.one();
      return row.integer();
    };
    usage.estimated_input = sums_of(run).base_tokens - number(kHalvedTokens);
    usage.enqueued = number(kEnqueuedTokens);
    Query row(connection_, kSpentTokens, run);
    row.one();
    usage.input = row.integer();
    usage.output = row.integer();
    usage.thinking = row.integer();
    usage.cached = row.integer();
    usage.wasted = row.integer();
    usage.unread = number(kUnreadAnswers);
  });
  return usage;
}

}  // namespace batchctl::store
