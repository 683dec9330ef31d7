// What a run has spent and may still spend, and what finished jobs teach about the next ones.
#include <algorithm>

#include "store/jobs_of_run.hpp"
#include "store/sqlite_store.hpp"
#include "store/stored_json.hpp"

namespace batchctl::store {

// A job is open until its result is stored: while it holds quota (an unclear create too), when its end was seen and its
// answers are still to be fetched, and when it succeeded and its answers are lost.
const Sql kSpending{
    "SELECT model, sum(tok_in), sum(tok_cached), sum(tok_out), sum(answers), sum(open), sum(iif(open, tokens_est, 0)),"
    " sum(iif(open, records, 0)), sum(wasted_in), sum(wasted - wasted_in) FROM"
    " (SELECT job.model AS model, coalesce(result.tok_in, 0) AS tok_in, coalesce(result.tok_cached, 0) AS tok_cached,"
    "   coalesce(result.tok_out + result.tok_think, 0) AS tok_out, coalesce(result.ok + result.not_ok, 0) AS answers,"
    "   coalesce(result.tok_wasted, 0) AS wasted, coalesce(result.tok_wasted * result.tok_in /"
    "   max(1, result.tok_in + result.tok_out + result.tok_think), 0) AS wasted_in,"
    "   job.tokens_est AS tokens_est, chunk.records AS records, result.job IS NULL AND"
    "   (job.hold <> 'none' OR coalesce(job.observed_state, '') = 'succeeded' OR"
    "    (job.name IS NOT NULL AND chunk.state IN ('submitted', 'fetching', 'cancelling') AND job.job ="
    "     (SELECT max(newest.job) FROM job AS newest WHERE newest.chunk = chunk.chunk"
    "      AND newest.origin <> 'duplicate'))) AS open"
    "  FROM " +
    jobs_of_run("job_of_chunk", "LEFT JOIN result ON result.job = job.job") +
    ")"
    " GROUP BY model ORDER BY model"};
std::vector<Spending> SqliteStore::spending(RunKey run) {
  std::vector<Spending> all;
  for (Query row(connection_, kSpending, run); row.step();) {
    Spending spent;
    spent.model = row.text();
    spent.input = row.integer();
    spent.cached = row.integer();
    spent.output = row.integer();
    spent.answers = row.integer();
    spent.open_jobs = row.integer();
    spent.open_input = row.integer();
    spent.open_records = row.integer();
    spent.wasted_input = row.integer();
    spent.wasted_output = row.integer();
    all.push_back(std::move(spent));
  }
  return all;
}

const Sql kUnsent{
    "SELECT coalesce(sum(tokens_est), 0), coalesce(sum(records), 0) FROM chunk"
    " WHERE run = ? AND state IN ('planned', 'uploading', 'uploaded')"};
Unsent SqliteStore::unsent(RunKey run) {
  if (connection_.is_reading()) return sums_of(run).unsent;
  Query row(connection_, kUnsent, run);
  row.one();
  Unsent unsent;
  unsent.tokens = row.integer();
  unsent.records = row.integer();
  return unsent;
}

// From the newest back, so that only so many rows are read as are wanted, and those of other models between.
const Sql kFinishedJobs{
    "SELECT job.ended_at - coalesce(job.created_at, job.intent_at), job.tokens_est,"
    " iif(result.missing = 0, result.tok_in, 0), run.options_json"
    " FROM job CROSS JOIN chunk ON chunk.chunk = job.chunk CROSS JOIN run ON run.run = chunk.run"
    " LEFT JOIN result ON result.job = job.job"
    " WHERE job.model = ? AND job.observed_state = 'succeeded' AND job.ended_at IS NOT NULL"
    " ORDER BY job.job DESC LIMIT ?"};
std::vector<FinishedJob> SqliteStore::finished_jobs(const std::string& model, int limit) {
  std::vector<FinishedJob> all;
  for (Query row(connection_, kFinishedJobs, model, limit); row.step();) {
    FinishedJob job;
    job.life = std::max(Duration{row.integer()}, Duration{0});
    job.estimated = row.integer();
    job.actual = row.maybe_integer().value_or(0);
    job.token_factor = options_of(row.text()).token_factor;
    all.push_back(job);
  }
  return all;
}

const Sql kRunsWithInput{
    "SELECT name FROM run WHERE run IN"
    " (SELECT run FROM input WHERE sha256 = ?1 AND ?1 <> ''"
    "  UNION SELECT run FROM input WHERE path = ?2 AND bytes = ?3 AND ?2 <> '')"
    " ORDER BY created_at, run"};
std::vector<std::string> SqliteStore::runs_with_input(const Input& input) {
  std::vector<std::string> names;
  for (Query row(connection_, kRunsWithInput, input.sha256, input.path, input.bytes); row.step();)
    names.push_back(row.text());
  return names;
}

}  // namespace batchctl::store
