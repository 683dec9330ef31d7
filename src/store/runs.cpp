#include <fmt/format.h>

#include "base/sha256.hpp"
#include "store/sqlite_store.hpp"
#include "store/stored_json.hpp"

namespace batchctl::store {

namespace {

const std::string kRunColumns =
    "run, run_id, name, project, key_print, settings_json, options_json, epoch, driver_json, records, scan_offset,"
    " stop_reason, stop_message, stop_at, cancel_requested_at, released_at, created_at";

Run read_run(Query& row) {
  Run run;
  run.key = RunKey{row.integer()};
  run.id = RunId{row.text()};
  run.name = row.text();
  run.project = row.text();
  run.key_print = row.text();
  run.settings = settings_of(row.text());
  run.options = options_of(row.text());
  run.epoch = row.integer();
  if (const auto driver = row.maybe_text()) run.driver = driver_of(*driver);
  run.records = row.integer();
  const std::optional<std::int64_t> scan_offset = row.maybe_integer();
  run.scanned = !scan_offset;
  run.scan_records = scan_offset.value_or(run.records);
  const std::optional<std::string> stop_reason = row.maybe_text();
  const std::string stop_message = row.maybe_text().value_or("");
  const std::optional<Instant> stop_at = row.maybe_instant();
  if (stop_reason && stop_at) run.stop = Stop{*stop_reason, stop_message, *stop_at};
  run.cancel_requested_at = row.maybe_instant();
  run.released_at = row.maybe_instant();
  run.created_at = row.instant();
  return run;
}

void must_change_one(std::int64_t changed, RunKey run) {
  if (changed != 1) throw Bug(fmt::format("there is no run with row {}, or it is not as expected", run.value));
}

}  // namespace

const Sql kRuns{"SELECT " + kRunColumns + " FROM run ORDER BY created_at, run"};
std::vector<Run> SqliteStore::runs() {
  std::vector<Run> all;
  for (Query row(connection_, kRuns); row.step();) all.push_back(read_run(row));
  return all;
}

const Sql kRunNamed{"SELECT " + kRunColumns + " FROM run WHERE name = ?"};
std::optional<Run> SqliteStore::run_named(const std::string& name) {
  Query row(connection_, kRunNamed, name);
  return row.step() ? std::optional{read_run(row)} : std::nullopt;
}

const Sql kRun{"SELECT " + kRunColumns + " FROM run WHERE run = ?"};
Run SqliteStore::run(RunKey run) {
  Query row(connection_, kRun, run);
  row.one();
  return read_run(row);
}

const Sql kInputs{
    "SELECT ordinal, path, shown_path, bytes, records, sha256, spool_path FROM input WHERE run = ? ORDER BY ordinal"};
std::vector<Input> SqliteStore::inputs(RunKey run) {
  std::vector<Input> all;
  for (Query row(connection_, kInputs, run); row.step();) {
    Input input;
    input.ordinal = row.small();
    input.path = row.text();
    input.shown_path = row.text();
    input.bytes = row.size();
    input.records = row.integer();
    input.sha256 = row.text();
    input.spool_path = row.text();
    all.push_back(std::move(input));
  }
  return all;
}

const Sql kAddRun{
    "INSERT INTO run (run_id, name, project, key_print, model, settings_json, settings_sha, options_json, weight,"
    " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
RunKey SqliteStore::add_run(const NewRun& run) {
  connection_.must_be_writing();
  const std::string settings = settings_json(run.settings);
  Query(connection_, kAddRun, run.id, run.name, run.project, run.key_print, run.settings.model, settings,
        sha256_hex(settings), options_json(run.options), run.options.weight, run.created_at)
      .run();
  const RunKey key{connection_.last_row()};
  for (const Input& input : run.inputs) put_input(key, input);
  return key;
}

const Sql kPutInput{
    "INSERT INTO input (run, ordinal, path, shown_path, bytes, records, sha256, spool_path)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (run, ordinal) DO UPDATE SET path = excluded.path, shown_path = excluded.shown_path,"
    " bytes = excluded.bytes, records = excluded.records, sha256 = excluded.sha256, spool_path = excluded.spool_path"};
void SqliteStore::put_input(RunKey run, const Input& input) {
  Query(connection_, kPutInput, run, input.ordinal, input.path, input.shown_path, input.bytes, input.records,
        input.sha256, input.spool_path)
      .run();
}

// Files and jobs do not go away with their chunks: of a run that has any, the database refuses this.
const Sql kDropRun{"DELETE FROM run WHERE run = ?"};
void SqliteStore::drop_run(RunKey run) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kDropRun, run).run(), run);
}

const Sql kScanGotTo{"UPDATE run SET scan_offset = ? WHERE run = ? AND scan_offset IS NOT NULL"};
void SqliteStore::add_chunks(RunKey run, std::span<const NewChunk> chunks, std::int64_t scan_records) {
  connection_.must_be_writing();
  for (const NewChunk& chunk : chunks) add_chunk(run, chunk);
  Query(connection_, kScanGotTo, scan_records, run).run();  // after the scan: nothing to note
}

const Sql kPlannedRecords{
    "SELECT (SELECT coalesce(sum(records), 0) FROM chunk WHERE run = ?1 AND kind = 'base')"
    " + (SELECT count(*) FROM unsent WHERE run = ?1)"};
const Sql kCountRepeats{
    "UPDATE chunk SET repeats = (SELECT count(*) FROM unsent WHERE unsent.run = chunk.run"
    "   AND same_as >= chunk.first_record AND same_as < chunk.first_record + chunk.records + chunk.unsent)"
    " WHERE run = ?1 AND kind = 'base' AND EXISTS (SELECT 1 FROM unsent WHERE run = ?1 AND same_as IS NOT NULL)"};
const Sql kFinishScan{
    "UPDATE run SET records = ?, scan_offset = NULL, settings_json = ?, settings_sha = ?"
    " WHERE run = ? AND scan_offset IS NOT NULL"};
void SqliteStore::finish_scan(RunKey run, const std::vector<Input>& inputs, const std::string& format) {
  connection_.must_be_writing();
  const Run before = this->run(run);
  std::int64_t records = 0;
  for (const Input& input : inputs) {
    put_input(run, input);
    records += input.records;
  }
  {
    Query row(connection_, kPlannedRecords, run);
    row.one();
    if (const std::int64_t planned = row.integer(); planned != records)
      throw Bug(fmt::format("the inputs hold {} records, but {} were planned", records, planned));
  }
  Query(connection_, kCountRepeats, run).run();
  Settings settings = before.settings;
  settings.format = format;
  const std::string json = settings_json(settings);
  must_change_one(Query(connection_, kFinishScan, records, json, sha256_hex(json), run).run(), run);
}

const Sql kSetOptions{"UPDATE run SET options_json = ?, weight = ? WHERE run = ?"};
void SqliteStore::set_options(RunKey run, const Options& options) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kSetOptions, options_json(options), options.weight, run).run(), run);
}

const Sql kSetKeyPrint{
    "UPDATE run SET project = CASE WHEN project = key_print THEN ? ELSE project END, key_print = ? WHERE run = ?"};
void SqliteStore::set_key_print(RunKey run, const std::string& key_print) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kSetKeyPrint, key_print, key_print, run).run(), run);
}

const Sql kBeginDriving{
    "UPDATE run SET epoch = epoch + 1, driver_json = ?, heartbeat_at = ? WHERE run = ? RETURNING epoch"};
std::int64_t SqliteStore::begin_driving(RunKey run, const DriverMark& driver) {
  connection_.must_be_writing();
  must_be_whole();  // a driver spends money: a damaged index could hide from it what was made already
  Query row(connection_, kBeginDriving, driver_json(driver), driver.since, run);
  row.one();
  const std::int64_t epoch = row.integer();
  row.run();
  return epoch;
}

const Sql kHeartbeat{"UPDATE run SET heartbeat_at = ? WHERE run = ?"};
void SqliteStore::heartbeat(RunKey run, std::int64_t epoch, Instant at) {
  connection_.must_be_writing();
  must_drive(run, epoch);
  must_change_one(Query(connection_, kHeartbeat, at, run).run(), run);
}

const Sql kEndDriving{"UPDATE run SET driver_json = NULL WHERE run = ? AND epoch = ?"};
void SqliteStore::end_driving(RunKey run, std::int64_t epoch) {
  connection_.must_be_writing();
  Query(connection_, kEndDriving, run, epoch).run();  // another driver's mark stays
}

const Sql kStopRun{"UPDATE run SET stop_reason = ?, stop_message = ?, stop_at = ? WHERE run = ?"};
void SqliteStore::stop_run(RunKey run, std::int64_t epoch, const Stop& stop) {
  connection_.must_be_writing();
  must_drive(run, epoch);
  Query(connection_, kStopRun, stop.reason, stop.message, stop.at, run).run();
}

const Sql kClearStop{"UPDATE run SET stop_reason = NULL, stop_message = NULL, stop_at = NULL WHERE run = ?"};
void SqliteStore::clear_stop(RunKey run) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kClearStop, run).run(), run);
}

// The first wish counts.
const Sql kRequestCancel{"UPDATE run SET cancel_requested_at = coalesce(cancel_requested_at, ?) WHERE run = ?"};
void SqliteStore::request_cancel(RunKey run, Instant at) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kRequestCancel, at, run).run(), run);
}

const Sql kWithdrawCancel{"UPDATE run SET cancel_requested_at = NULL WHERE run = ?"};
void SqliteStore::withdraw_cancel(RunKey run) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kWithdrawCancel, run).run(), run);
}

const Sql kCancelRequestedAt{"SELECT cancel_requested_at FROM run WHERE run = ?"};
std::optional<Instant> SqliteStore::cancel_requested_at(RunKey run) {
  Query row(connection_, kCancelRequestedAt, run);
  row.one();
  return row.maybe_instant();
}

const Sql kRelease{"UPDATE run SET released_at = coalesce(released_at, ?) WHERE run = ?"};
void SqliteStore::release(RunKey run, Instant at) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kRelease, at, run).run(), run);
}

const Sql kReleasedAt{"SELECT released_at FROM run WHERE run = ?"};
std::optional<Instant> SqliteStore::released_at(RunKey run) {
  Query row(connection_, kReleasedAt, run);
  row.one();
  return row.maybe_instant();
}

const Sql kEpoch{"SELECT epoch FROM run WHERE run = ?"};
void SqliteStore::must_drive(RunKey run, std::int64_t epoch) {
  Query row(connection_, kEpoch, run);
  row.one();
  if (row.integer() != epoch) throw EpochLost(fmt::format("another batchctl drives run {} now", this->run(run).name));
}

}  // namespace batchctl::store
