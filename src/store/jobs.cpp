#include <fmt/format.h>

#include "store/jobs_of_run.hpp"
#include "store/sqlite_store.hpp"
#include "store/stored_json.hpp"
#include "store/words.hpp"

namespace batchctl::store {

namespace {

const std::string kJobColumns =
    "job.job, job.chunk, job.attempt, job.model, job.display_name, job.file, job.tokens_est, job.intent_at, job.hold,"
    " job.name, job.origin, job.observed_state, job.observed_at, job.stats_json, job.created_at, job.ended_at";

Job read_job(Query& row) {
  Job job;
  job.key = JobKey{row.integer()};
  job.chunk = ChunkKey{row.integer()};
  job.attempt = row.small();
  job.model = row.text();
  job.display_name = row.text();
  job.file = FileKey{row.maybe_integer().value_or(0)};
  job.tokens = row.integer();
  job.intent_at = row.instant();
  job.hold = enum_of<Hold>(kHoldNames, row.text()).value_or(Hold::unknown);
  if (auto name = row.maybe_text()) job.name = JobName{*std::move(name)};
  job.origin = enum_of<JobOrigin>(kJobOriginNames, row.text()).value_or(JobOrigin::created);
  if (const auto observed = row.maybe_text()) job.observed = job_state_named(*observed);
  job.observed_at = row.maybe_instant();
  if (const auto json = row.maybe_text()) {
    SeenOfJob seen = seen_of(*json);
    job.observed_word = std::move(seen.word);
    job.output = std::move(seen.output);
    job.error = std::move(seen.error);
    job.stats = seen.stats;
    job.deleted_at = seen.deleted_at;
  }
  job.created_at = row.maybe_instant();
  job.ended_at = row.maybe_instant();
  return job;
}

HeldJob read_held_job(Query& row) {
  HeldJob held;
  held.job = read_job(row);
  held.run = RunKey{row.integer()};
  return held;
}

void must_change_one(std::int64_t changed, JobKey job) {
  if (changed != 1) throw Bug(fmt::format("there is no job with row {}, or it is not as expected", job.value));
}

}  // namespace

const Sql kRunOfChunk{"SELECT run FROM chunk WHERE chunk = ?"};
const Sql kAddIntent{
    "INSERT INTO job (chunk, attempt, model, display_name, file, tokens_est, intent_at, epoch, hold)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'intent')"};
JobKey SqliteStore::add_intent(const NewIntent& intent) {
  connection_.must_be_writing();
  {
    Query row(connection_, kRunOfChunk, intent.chunk);
    row.one();
    must_drive(RunKey{row.integer()}, intent.epoch);
  }
  Query(connection_, kAddIntent, intent.chunk, intent.attempt, intent.model, intent.display_name, intent.file,
        intent.tokens, intent.intent_at, intent.epoch)
      .run();
  return JobKey{connection_.last_row()};
}

const Sql kSupersede{"UPDATE job SET hold = 'none' WHERE job = ? AND chunk = ?"};
const Sql kAddFoundJob{
    "INSERT INTO job (chunk, attempt, model, display_name, file, tokens_est, intent_at, epoch, hold, name, origin)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'live', ?, ?)"};
const Sql kSupersededBy{"UPDATE job SET superseded_by = ? WHERE job = ?"};
JobKey SqliteStore::add_found_job(const FoundJob& found) {
  connection_.must_be_writing();
  {
    Query row(connection_, kRunOfChunk, found.chunk);
    row.one();
    must_drive(RunKey{row.integer()}, found.epoch);
  }
  // First, because of the index: one job of a chunk holds.
  if (!found.supersedes.empty())
    must_change_one(Query(connection_, kSupersede, found.supersedes, found.chunk).run(), found.supersedes);
  Query(connection_, kAddFoundJob, found.chunk, found.attempt, found.model, found.display_name, found.file,
        found.tokens, found.intent_at, found.epoch, found.name, word_of(found.origin))
      .run();
  const JobKey added{connection_.last_row()};
  if (!found.supersedes.empty()) Query(connection_, kSupersededBy, added, found.supersedes).run();
  return added;
}

const Sql kNameJob{"UPDATE job SET name = ?1, origin = ?2 WHERE job = ?3 AND (name IS NULL OR name = ?1)"};
void SqliteStore::name_job(JobKey job, const JobName& name, JobOrigin origin) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kNameJob, name, word_of(origin), job).run(), job);
}

// Lists are not always fresh: what was seen ended stays ended, and an output that was named once stays named.
const Sql kObserve{
    "UPDATE job SET observed_state = ?, observed_at = ?, stats_json = ?, created_at = coalesce(?, created_at),"
    " ended_at = ?, hold = iif(?, 'none', hold) WHERE job = ?"};
void SqliteStore::observe(JobKey job, const Observation& seen, Instant at) {
  connection_.must_be_writing();
  const std::optional<Job> before = this->job(job);
  if (!before) throw Bug(fmt::format("an observation of job row {}, which is not there", job.value));
  if (before->ended_at && !seen.ended) return;
  const SeenOfJob kept{seen.state_word, seen.output ? seen.output : before->output,
                       seen.error ? seen.error : before->error, seen.stats, before->deleted_at};
  std::optional<Instant> ended_at;
  if (seen.ended) ended_at = seen.ended_at ? seen.ended_at : before->ended_at.value_or(at);
  must_change_one(Query(connection_, kObserve, name_of(seen.state), at, seen_json(kept), seen.created_at, ended_at,
                        seen.ended ? 1 : 0, job)
                      .run(),
                  job);
}

const Sql kJobIsGone{"UPDATE job SET hold = 'none', observed_at = ? WHERE job = ?"};
void SqliteStore::job_is_gone(JobKey job, Instant at) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kJobIsGone, at, job).run(), job);
}

const Sql kJob{"SELECT " + kJobColumns + " FROM job WHERE job = ?"};
std::optional<Job> SqliteStore::job(JobKey job) {
  Query row(connection_, kJob, job);
  return row.step() ? std::optional{read_job(row)} : std::nullopt;
}

const Sql kJobsOf{"SELECT " + kJobColumns + " FROM job WHERE chunk = ? ORDER BY job"};
std::vector<Job> SqliteStore::jobs_of(ChunkKey chunk) {
  std::vector<Job> all;
  for (Query row(connection_, kJobsOf, chunk); row.step();) all.push_back(read_job(row));
  return all;
}

const Sql kDuplicates{"SELECT " + kJobColumns +
                      " FROM chunk CROSS JOIN job ON job.chunk = chunk.chunk WHERE chunk.run = ?"
                      " AND job.origin = 'duplicate' AND NOT EXISTS (SELECT 1 FROM result WHERE result.job = job.job)"
                      " ORDER BY job.job"};
std::vector<Job> SqliteStore::duplicates(RunKey run) {
  std::vector<Job> all;
  for (Query row(connection_, kDuplicates, run); row.step();) all.push_back(read_job(row));
  return all;
}

const Sql kAnsweredChunks{
    "SELECT chunk FROM chunk WHERE run = ? AND state IN ('planned', 'uploading', 'uploaded') AND EXISTS"
    " (SELECT 1 FROM job JOIN result USING (job) WHERE job.chunk = chunk.chunk AND result.ok > 0)"};
std::vector<ChunkKey> SqliteStore::answered_chunks(RunKey run) {
  std::vector<ChunkKey> all;
  for (Query row(connection_, kAnsweredChunks, run); row.step();) all.push_back(ChunkKey{row.integer()});
  return all;
}

const Sql kNewestJob{"SELECT " + kJobColumns +
                     " FROM job WHERE chunk = ? AND origin <> 'duplicate' ORDER BY job DESC LIMIT 1"};
std::optional<Job> SqliteStore::newest_job(ChunkKey chunk) {
  Query row(connection_, kNewestJob, chunk);
  return row.step() ? std::optional{read_job(row)} : std::nullopt;
}

const Sql kJobWithName{"SELECT " + kJobColumns + ", chunk.run FROM job JOIN chunk USING (chunk) WHERE name = ?"};
std::optional<HeldJob> SqliteStore::job_with_name(const JobName& name) {
  Query row(connection_, kJobWithName, name);
  return row.step() ? std::optional{read_held_job(row)} : std::nullopt;
}

const Sql kKnownJob{
    "SELECT job.name FROM chunk CROSS JOIN job ON job.chunk = chunk.chunk WHERE chunk.run = ? AND job.name IS NOT NULL"
    " AND json_extract(job.stats_json, '$.deleted_at') IS NULL ORDER BY job.job DESC LIMIT 1"};
std::optional<JobName> SqliteStore::known_job(RunKey run) {
  Query row(connection_, kKnownJob, run);
  return row.step() ? std::optional{JobName{row.text()}} : std::nullopt;
}

// In the three below `hold <> 'none'` is said again, word for word, for the partial index, and CROSS JOIN keeps SQLite
// going from the few jobs that hold to their runs.
const Sql kLiveJobs{"SELECT " + kJobColumns +
                    ", chunk.run FROM job CROSS JOIN chunk ON chunk.chunk = job.chunk"
                    " CROSS JOIN run ON run.run = chunk.run"
                    " WHERE job.hold <> 'none' AND job.hold = 'live' AND job.name IS NOT NULL AND run.project = ?"
                    " ORDER BY job.job"};
std::vector<HeldJob> SqliteStore::live_jobs(const std::string& project) {
  std::vector<HeldJob> all;
  for (Query row(connection_, kLiveJobs, project); row.step();) all.push_back(read_held_job(row));
  return all;
}

const Sql kHeld{
    "SELECT coalesce(sum(job.tokens_est) FILTER (WHERE job.model = ?1), 0), count(*),"
    " max(job.intent_at) FILTER (WHERE job.hold = 'intent' AND job.intent_at > ?2)"
    " FROM job CROSS JOIN chunk ON chunk.chunk = job.chunk CROSS JOIN run ON run.run = chunk.run"
    " WHERE job.hold <> 'none' AND run.project = ?3"};
Held SqliteStore::held(const std::string& project, const std::string& model, Instant intents_since) {
  Query row(connection_, kHeld, model, intents_since, project);
  row.one();
  Held held;
  held.tokens = row.integer();
  held.jobs = row.small();
  held.newest_intent = row.maybe_instant();
  return held;
}

const Sql kNewestObservation{
    "SELECT max(job.observed_at) FROM job CROSS JOIN chunk ON chunk.chunk = job.chunk"
    " WHERE job.hold <> 'none' AND job.hold = 'live' AND chunk.run = ?"};
std::optional<Instant> SqliteStore::newest_observation(RunKey run) {
  Query row(connection_, kNewestObservation, run);
  row.one();
  return row.maybe_instant();
}

const Sql kLargestAccepted{
    "SELECT coalesce(max(job.tokens_est), 0) FROM job JOIN chunk USING (chunk) JOIN run ON run.run = chunk.run"
    " WHERE job.name IS NOT NULL AND job.model = ?2 AND run.project = ?1"};
std::int64_t SqliteStore::largest_accepted(const std::string& project, const std::string& model) {
  Query row(connection_, kLargestAccepted, project, model);
  row.one();
  return row.integer();
}

// The service's jobs that we know by name; an intent without one is no job yet.
const Sql kJobTally{"SELECT coalesce(job.observed_state, 'unknown'), count(*) FROM " + jobs_of_run("job_named") +
                    " AND job.name IS NOT NULL GROUP BY 1"};
JobTally SqliteStore::job_tally(RunKey run) {
  JobTally tally{};
  for (Query row(connection_, kJobTally, run); row.step();) {
    const JobState state = job_state_named(row.text());
    tally[static_cast<std::size_t>(state)] += row.integer();
  }
  return tally;
}

const Sql kJobsLeft{"SELECT " + kJobColumns +
                    ", chunk.idx, result.raw_path, coalesce(result.bytes, 0)"
                    " FROM chunk CROSS JOIN job ON job.chunk = chunk.chunk LEFT JOIN result ON result.job = job.job"
                    " WHERE chunk.run = ? AND job.name IS NOT NULL"
                    " AND json_extract(job.stats_json, '$.deleted_at') IS NULL ORDER BY chunk.idx, job.job"};
std::vector<RemoteJob> SqliteStore::jobs_left(RunKey run) {
  std::vector<RemoteJob> all;
  for (Query row(connection_, kJobsLeft, run); row.step();) {
    RemoteJob left;
    left.job = read_job(row);
    left.chunk_index = row.small();
    left.raw_path = row.maybe_text();
    left.raw_bytes = row.size();
    all.push_back(std::move(left));
  }
  return all;
}

const Sql kJobIsDeleted{
    "UPDATE job SET hold = 'none', stats_json = json_set(coalesce(stats_json, '{}'), '$.deleted_at', ?)"
    " WHERE job = ?"};
void SqliteStore::job_is_deleted(JobKey job, Instant at) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kJobIsDeleted, at, job).run(), job);
}

}  // namespace batchctl::store
