// What became of a run over time: its jobs as stretches, its failures in groups.
#include <algorithm>

#include "store/sqlite_store.hpp"
#include "store/words.hpp"

namespace batchctl::store {

const Sql kJobSpans{
    "SELECT chunk.idx, job.model, job.tokens_est, job.name IS NOT NULL, job.hold, job.origin, job.observed_state,"
    " job.intent_at, job.observed_at, job.created_at, job.ended_at"
    " FROM chunk CROSS JOIN job ON job.chunk = chunk.chunk WHERE chunk.run = ? ORDER BY job.intent_at, job.job"};
std::vector<JobSpan> SqliteStore::job_spans(RunKey run) {
  std::vector<JobSpan> all;
  for (Query row(connection_, kJobSpans, run); row.step();) {
    JobSpan span;
    span.chunk_index = row.small();
    span.model = row.text();
    span.tokens = row.integer();
    span.named = row.integer() != 0;
    span.hold = enum_of<Hold>(kHoldNames, row.text()).value_or(Hold::unknown);
    span.origin = enum_of<JobOrigin>(kJobOriginNames, row.text()).value_or(JobOrigin::created);
    if (const auto observed = row.maybe_text()) span.observed = job_state_named(*observed);
    span.intent_at = row.instant();
    span.observed_at = row.maybe_instant();
    span.created_at = row.maybe_instant();
    span.ended_at = row.maybe_instant();
    all.push_back(std::move(span));
  }
  return all;
}

// A record whose request another one shares fails with it, as in the tally.
const Sql kFailureGroups{
    "SELECT problem.status, problem.code, coalesce(message.text, ''), sum(1 + (SELECT count(*) FROM unsent"
    "   INDEXED BY unsent_same WHERE unsent.run = problem.run AND unsent.same_as = problem.record))"
    " FROM problem LEFT JOIN message ON message.msg = problem.msg WHERE problem.run = ?"
    " GROUP BY problem.status, problem.code, problem.msg"};
const Sql kSkippedGroups{
    "SELECT coalesce(message.text, ''), count(*) FROM unsent INDEXED BY unsent_skipped"
    " LEFT JOIN message ON message.msg = unsent.msg"
    " WHERE unsent.run = ?1 AND unsent.same_as IS NULL"
    " AND unsent.record < (SELECT coalesce(scan_offset, records) FROM run WHERE run.run = ?1)"
    " GROUP BY unsent.msg"};
std::vector<FailureGroup> SqliteStore::failure_groups(RunKey run) {
  std::vector<FailureGroup> all;
  read([&] {
    for (Query row(connection_, kFailureGroups, run); row.step();) {
      FailureGroup group;
      group.status = record_status_named(row.text()).value_or(RecordStatus::missing);
      group.code = row.maybe_integer();
      group.message = row.text();
      group.records = row.integer();
      all.push_back(std::move(group));
    }
    for (Query row(connection_, kSkippedGroups, run); row.step();) {
      FailureGroup group;
      group.sent = false;
      group.message = row.text();
      group.records = row.integer();
      all.push_back(std::move(group));
    }
  });
  std::stable_sort(all.begin(), all.end(), [](const FailureGroup& a, const FailureGroup& b) {
    return a.records > b.records || (a.records == b.records && a.message < b.message);
  });
  return all;
}

}  // namespace batchctl::store
