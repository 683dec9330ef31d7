#include "store/sqlite_store.hpp"
#include "store/stored_json.hpp"

namespace batchctl::store {

const Sql kQuota{
    "SELECT conf_tokens, learned_tokens, conf_jobs, probe_at, probe_interval, probe_owner, group_left, group_until,"
    " group_size_now, creates_ok, others_jobs, poll_owner, polled_at, est_factor, learned_jobs, late, latest_json"
    " FROM quota WHERE project = ? AND model = ?"};
Quota SqliteStore::quota(const std::string& project, const std::string& model) {
  Quota quota;
  quota.project = project;
  quota.model = model;
  Query row(connection_, kQuota, project, model);
  if (!row.step()) return quota;
  quota.conf_tokens = row.maybe_integer();
  quota.learned_tokens = row.maybe_integer();
  quota.conf_jobs = row.maybe_integer();
  quota.probe_at = row.maybe_instant();
  quota.probe_interval = Duration{row.integer()};
  quota.probe_owner = row.text();
  quota.group_left = row.small();
  quota.group_until = row.maybe_instant();
  if (const auto size = row.maybe_integer()) quota.group_size_now = static_cast<int>(*size);
  quota.creates_ok = row.small();
  quota.others_jobs = row.small();
  quota.poll_owner = row.text();
  quota.polled_at = row.maybe_instant();
  quota.est_factor = row.real();
  if (const auto jobs = row.maybe_integer()) quota.learned_jobs = static_cast<int>(*jobs);
  quota.late = Duration{row.integer()};
  quota.latest = quota_events_of(row.text());
  return quota;
}

const Sql kSaveQuota{
    "INSERT OR REPLACE INTO quota (project, model, conf_tokens, learned_tokens, conf_jobs, probe_at, probe_interval,"
    " probe_owner, group_left, group_until, group_size_now, creates_ok, others_jobs, poll_owner, polled_at, est_factor,"
    " learned_jobs, late, latest_json)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
void SqliteStore::save_quota(const Quota& quota) {
  connection_.must_be_writing();
  Query(connection_, kSaveQuota, quota.project, quota.model, quota.conf_tokens, quota.learned_tokens, quota.conf_jobs,
        quota.probe_at, static_cast<std::int64_t>(quota.probe_interval.count()), quota.probe_owner, quota.group_left,
        quota.group_until, quota.group_size_now, quota.creates_ok, quota.others_jobs, quota.poll_owner, quota.polled_at,
        quota.est_factor, quota.learned_jobs, static_cast<std::int64_t>(quota.late.count()),
        quota_events_json(quota.latest))
      .run();
}

const Sql kHeldByRun{
    "SELECT coalesce(sum(job.tokens_est) FILTER (WHERE job.model = ?1), 0), count(*)"
    " FROM job CROSS JOIN chunk ON chunk.chunk = job.chunk WHERE job.hold <> 'none' AND chunk.run = ?2"};
const Sql kHungryOthers{
    "SELECT coalesce(sum(weight), 0.0) FROM run WHERE project = ?1 AND model = ?2 AND run <> ?3"
    " AND driver_json IS NOT NULL AND heartbeat_at > ?4 AND stop_at IS NULL AND cancel_requested_at IS NULL"
    " AND EXISTS (SELECT 1 FROM chunk WHERE chunk.run = run.run AND state IN ('planned', 'uploading', 'uploaded')"
    // What waits behind a pilot wants nothing yet.
    "   AND (idx = 0 OR replaces IS NOT NULL OR kind = 'repair' OR run.released_at IS NOT NULL"
    "     OR json_extract(run.settings_json, '$.pilot') IS NULL))"};
Share SqliteStore::share(const Run& run, Instant heartbeats_since) {
  Share share;
  Query own(connection_, kHeldByRun, run.settings.model, run.key);
  own.one();
  share.tokens = own.integer();
  share.jobs = own.small();
  Query others(connection_, kHungryOthers, run.project, run.settings.model, run.key, heartbeats_since);
  others.one();
  share.hungry_others = others.real();
  return share;
}

const Sql kBreakers{
    "SELECT model, kind, open_until, probe_at, refusals, quota_id, message, since"
    " FROM breaker WHERE project = ?1 AND model IN ('', ?2) ORDER BY model, kind"};
std::vector<Breaker> SqliteStore::breakers(const std::string& project, const std::string& model) {
  std::vector<Breaker> all;
  for (Query row(connection_, kBreakers, project, model); row.step();) {
    Breaker breaker;
    breaker.project = project;
    breaker.model = row.text();
    breaker.kind = pause_kind_named(row.text()).value_or(PauseKind::unknown);
    breaker.open_until = row.maybe_instant();
    breaker.probe_at = row.maybe_instant();
    breaker.refusals = row.small();
    breaker.quota_id = row.maybe_text();
    breaker.message = row.text();
    breaker.since = row.instant();
    all.push_back(std::move(breaker));
  }
  return all;
}

const Sql kSaveBreaker{
    "INSERT OR REPLACE INTO breaker (project, model, kind, open_until, probe_at, refusals, quota_id, message, since)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"};
void SqliteStore::save_breaker(const Breaker& breaker) {
  connection_.must_be_writing();
  Query(connection_, kSaveBreaker, breaker.project, breaker.model, name_of(breaker.kind), breaker.open_until,
        breaker.probe_at, breaker.refusals, breaker.quota_id, breaker.message, breaker.since)
      .run();
}

const Sql kDropBreaker{"DELETE FROM breaker WHERE project = ? AND model = ? AND kind = ?"};
void SqliteStore::drop_breaker(const std::string& project, const std::string& model, PauseKind kind) {
  connection_.must_be_writing();
  Query(connection_, kDropBreaker, project, model, name_of(kind)).run();  // not there: as asked for
}

}  // namespace batchctl::store
