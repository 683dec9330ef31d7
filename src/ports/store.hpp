// The door to the database: everything that survives a reboot.
//
// Reads may stand alone; writes only inside `write`, which is one IMMEDIATE transaction. A move of a chunk, its hold
// and its journal row are one call, so they cannot come apart. Throws Fatal (disk, locked, damaged) and never a
// library's exception; EpochLost when another driver took the run over.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "core/chunk.hpp"
#include "core/quota.hpp"
#include "core/record.hpp"
#include "core/run.hpp"

namespace batchctl {

/// Another driver has raised the run's epoch: this one must stop at once and write nothing more.
class EpochLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct NewRun {
  RunId id;
  std::string name, project, key_print;
  Settings settings;
  Options options;
  std::vector<Input> inputs;
  Instant created_at;
};

struct NewChunk {
  int index = 0;
  ChunkKind kind = ChunkKind::base;
  std::optional<std::string> label;
  std::int64_t records = 0, first_record = 0, unsent = 0;
  std::uint64_t body_bytes = 0;
  std::string body_sha256;
  std::int64_t tokens = 0;
  ChunkKey replaces;  // the chunk that this is a half of; mostly empty
  std::vector<Span> spans;
  Overrides overrides{};  // of a repair chunk
};

/// One move of a chunk by the table, with its journal row and its effect on the hold.
struct ChunkMove {
  RunKey run;
  std::int64_t epoch = 0;
  ChunkKey chunk;
  ChunkState from = ChunkState::planned;
  ChunkEvent event = ChunkEvent::upload_started;
  Instant at;
  JobKey job;                         // whose hold moves; empty when the row's effect is none
  std::string why;                    // plain words for `explain`
  std::optional<Instant> not_before;  // nullopt clears it
  int fails = 0;
  std::optional<std::string> error;  // nullopt clears it
};

struct NewIntent {
  ChunkKey chunk;
  int attempt = 1;
  std::string model, display_name;
  FileKey file;
  std::int64_t tokens = 0;
  Instant intent_at;
  std::int64_t epoch = 0;
};

/// A file at the service that was not sent from here.
struct FoundFile {
  ChunkKey chunk;
  int generation = 1;
  RemoteFileName name;
  std::string uri;
  std::uint64_t bytes = 0;
  std::string sha256;  // of what it holds, as far as is known
  Instant uploaded_at;
  std::optional<Instant> expires_at;
  FileState state = FileState::here;  // `gone`: the service no longer has it
  LineKeys keys = LineKeys::wire;
};

/// A job that was found in the service's list, beside any intent of ours.
struct FoundJob {
  ChunkKey chunk;
  int attempt = 1;
  std::string model, display_name;
  FileKey file;
  std::int64_t tokens = 0;
  Instant intent_at;  // of the intent it was made for; its own making when there is none
  std::int64_t epoch = 0;
  JobName name;
  JobOrigin origin = JobOrigin::duplicate;
  JobKey supersedes;  // the job whose place in the chunk it takes; may be empty
};

/// What happened since the whole list was last compared with the intents.
struct Unswept {
  bool intents = false;  // creates were begun
  bool unclear = false;  // the answer of one was unclear
};

/// A job that holds quota, with what the poller must know of its run.
struct HeldJob {
  Job job;
  RunKey run;
};

struct StoredResult {
  std::int64_t seq = 0;
  ChunkKey chunk;
  JobKey job;
  JobName job_name;
  int attempt = 1;
  LineKeys keys = LineKeys::wire;  // of its lines
  ResultSummary summary;
};

/// A job that may still be at the service, beside what is stored of its answers.
struct RemoteJob {
  Job job;
  int chunk_index = 0;
  std::optional<std::string> raw_path;  // of its stored result; nullopt: there is none
  std::uint64_t raw_bytes = 0;
};

/// A file that may still be at the service.
struct LeftFile {
  RemoteFile file;
  int chunk_index = 0;
};

struct JournalLine {
  Instant at;
  std::optional<int> chunk_index;
  std::string from, event, to;  // from and to are empty for events of the run
  std::string why;
};

/// A job of a run as a stretch of time; an intent that no job is known of yet, too.
struct JobSpan {
  int chunk_index = 0;
  std::string model;
  std::int64_t tokens = 0;  // estimated input, what it holds
  bool named = false;       // the service has, or had, a job
  Hold hold = Hold::none;
  JobOrigin origin = JobOrigin::created;
  std::optional<JobState> observed;
  Instant intent_at;
  std::optional<Instant> observed_at, created_at, ended_at;
};

/// Records without a usable answer that agree in what was said of them.
struct FailureGroup {
  RecordStatus status = RecordStatus::error;
  std::optional<std::int64_t> code;  // the row's own (gRPC)
  bool sent = true;                  // false: they could not be sent, and the message says why
  std::string message;               // the service's words; may be empty
  std::int64_t records = 0;
};

/// Records that were not sent.
struct UnsentTally {
  std::int64_t skipped = 0;   // they cannot be; they count as failed
  std::int64_t repeated = 0;  // each counts as the record whose request it has; 0 until the scan ended
};

struct Usage {
  std::int64_t estimated_input = 0;                                          // of all base chunks
  std::int64_t enqueued = 0;                                                 // held by this run now
  std::int64_t input = 0, output = 0, thinking = 0, cached = 0, wasted = 0;  // of stored results
  /// Requests that the service counts as answered (and so may bill) of which no readable line came.
  std::int64_t unread = 0;
};

/// What a run's jobs of one model have taken, and what those without a stored result are estimated to take.
struct Spending {
  std::string model;
  std::int64_t input = 0, cached = 0, output = 0;  // tokens of stored results; output with thinking
  std::int64_t answers = 0;                        // records of stored results, but for missing ones
  std::int64_t open_jobs = 0, open_input = 0, open_records = 0;
  /// Of these tokens, what came to nothing; in a result that holds other answers too, in the proportion of all of them.
  std::int64_t wasted_input = 0, wasted_output = 0;
};

/// What chunks without a job hold.
struct Unsent {
  std::int64_t tokens = 0, records = 0;
};

/// A job that succeeded, as evidence for the next ones.
struct FinishedJob {
  Duration life{};                         // from its making to its end
  std::int64_t estimated = 0, actual = 0;  // input tokens; actual 0: not known, or not of every record
  double token_factor = 1.0;               // what its run's estimates were multiplied by
};

using ChunkTally = std::array<std::int64_t, kChunkStates>;         // by ChunkState
using JobTally = std::array<std::int64_t, kJobStateNames.size()>;  // by JobState

/// What there is to repair.
struct RepairTally {
  std::int64_t passing = 0;  // passing_problems
  std::int64_t claimed = 0;  // records that a repair chunk is at work on
  std::int64_t base_chunks = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  /// One IMMEDIATE transaction: committed when `body` returns, undone when it throws. Not nested. Bug when a base chunk
  /// came to rest in it although neither store_result nor store_no_result ever said what became of its records.
  virtual void write(const std::function<void()>& body) = 0;
  /// One consistent snapshot for several reads.
  virtual void read(const std::function<void()>& body) = 0;

  // ---- the database itself
  /// Pages are read where the system keeps them, from now on, instead of being copied: a look takes a fifth less. A
  /// disk that fails then ends the process (os/signals.hpp gives that words), so it is for those that change nothing.
  virtual void map_pages() = 0;
  /// Whose this file was, when it is a copy: it was made on another host, or as another file. nullopt: it is the
  /// original.
  virtual std::optional<std::string> copied_from() = 0;
  /// This file is the original from now on, and every run must be compared with the service before it creates anything.
  virtual void take_over(Instant at) = 0;
  /// Since when the run waits for that comparison; nullopt: it does not.
  virtual std::optional<Instant> taking_over_since(RunKey run) = 0;
  virtual void end_take_over(RunKey run, std::int64_t epoch) = 0;

  /// What SQLite's own checks (pages, indexes, foreign keys) find wrong with it, in words; at most ten, empty: nothing.
  virtual std::vector<std::string> damage() = 0;

  // ---- runs
  virtual std::vector<Run> runs() = 0;  // by creation
  virtual std::optional<Run> run_named(const std::string& name) = 0;
  virtual Run run(RunKey run) = 0;
  virtual std::vector<Input> inputs(RunKey run) = 0;
  virtual RunKey add_run(const NewRun& run) = 0;
  /// Forgets a run of which nothing was ever sent (a scan that met bad input).
  virtual void drop_run(RunKey run) = 0;
  /// Adds planned chunks and notes that the scan got so far (records in all; once the scan ended, nothing is noted).
  virtual void add_chunks(RunKey run, std::span<const NewChunk> chunks, std::int64_t scan_records) = 0;
  /// Adds records that are not sent, each once.
  virtual void add_unsent(RunKey run, std::span<const UnsentRecord> records) = 0;
  /// Forgets those from `first` on: a scan that was killed finds them once more.
  virtual void drop_unsent(RunKey run, std::int64_t first) = 0;
  /// Ends the scan: the inputs' sizes, counts and hashes, the run's record count, the detected format. Bug when the
  /// inputs do not hold as many records as were planned and left unsent.
  virtual void finish_scan(RunKey run, const std::vector<Input>& inputs, const std::string& format) = 0;
  virtual void set_options(RunKey run, const Options& options) = 0;
  /// A project that was named after the old key is named after the new one.
  /// The run goes on with another key; its project goes with it when it was named after the key.
  virtual void set_key_print(RunKey run, const std::string& key_print) = 0;
  /// Raises the epoch, marks the driver; returns the new epoch.
  virtual std::int64_t begin_driving(RunKey run, const DriverMark& driver) = 0;
  /// Says that the run is still driven; other runs leave it its share of the quota.
  virtual void heartbeat(RunKey run, std::int64_t epoch, Instant at) = 0;
  /// Clears the driver's mark when `epoch` is still the run's.
  virtual void end_driving(RunKey run, std::int64_t epoch) = 0;
  /// Throws EpochLost when `epoch` is no longer the run's.
  virtual void must_drive(RunKey run, std::int64_t epoch) = 0;
  virtual void stop_run(RunKey run, std::int64_t epoch, const Stop& stop) = 0;
  virtual void clear_stop(RunKey run) = 0;
  virtual void request_cancel(RunKey run, Instant at) = 0;
  virtual void withdraw_cancel(RunKey run) = 0;
  /// When a person asked for the run to be cancelled, whoever drives it.
  virtual std::optional<Instant> cancel_requested_at(RunKey run) = 0;
  /// What waits behind the pilot may go, whoever drives the run. The first word counts.
  virtual void release(RunKey run, Instant at) = 0;
  virtual std::optional<Instant> released_at(RunKey run) = 0;

  // ---- chunks
  virtual std::optional<Chunk> chunk(ChunkKey chunk) = 0;
  virtual std::optional<Chunk> chunk_at(RunKey run, int index) = 0;
  /// By index, from..to inclusive.
  virtual std::vector<Chunk> chunks(RunKey run, int from, int to) = 0;
  /// By index; only those whose `not_before` is not after `ready_at` when given; at most `limit`.
  virtual std::vector<Chunk> chunks_in(RunKey run, ChunkState state, std::optional<Instant> ready_at, int limit) = 0;
  /// As above, of those that may go before the run is released: chunk 0 or its halves, and repair chunks.
  virtual std::vector<Chunk> pilot_chunks_in(RunKey run, ChunkState state, std::optional<Instant> ready_at,
                                             int limit) = 0;
  /// Chunks without a job that are none of these.
  virtual std::int64_t chunks_behind_pilot(RunKey run) = 0;
  /// The earliest `not_before` after `now` among chunks of this state.
  virtual std::optional<Instant> next_ready(RunKey run, ChunkState state, Instant now) = 0;
  virtual ChunkTally chunk_tally(RunKey run) = 0;
  /// The same of the states in which something is under way, whatever the number of the others: `planned` is 1 when
  /// there is any, and those that rest are not counted.
  virtual ChunkTally active_tally(RunKey run) = 0;
  /// Chunks submitted or cancelling whose job holds nothing any more: whoever looked, it has ended.
  virtual std::vector<ChunkKey> ended_chunks(RunKey run) = 0;
  virtual std::vector<Span> spans(ChunkKey chunk) = 0;
  /// The two chunks that took over its records, in record order; empty for a chunk that was not halved.
  virtual std::vector<Chunk> halves(ChunkKey chunk) = 0;
  /// Adds the halves behind all chunks of the run, whatever indexes they have; the caller moves the chunk in the same
  /// transaction. Returns the first one's index.
  virtual int add_halves(RunKey run, ChunkKey chunk, std::array<NewChunk, 2> halves) = 0;
  virtual void count_refused_alone(ChunkKey chunk) = 0;
  /// Bytes of the run's largest body.
  virtual std::uint64_t largest_body(RunKey run) = 0;
  /// Moves by the table. Throws Bug when the pair has no row or the chunk is not in `from`, EpochLost when the epoch is
  /// no longer the run's. Returns the new state. HoldEffect::take is the caller's add_intent, in the same transaction.
  virtual ChunkState move(const ChunkMove& move) = 0;

  // ---- files
  virtual FileKey add_file(ChunkKey chunk, int generation, const RemoteFileName& name, std::uint64_t bytes,
                           const std::string& sha256) = 0;
  /// Its `mime` is not told: it says nothing of what the service would take from us.
  virtual FileKey add_found_file(const FoundFile& found) = 0;
  virtual void file_is_here(FileKey file, const RemoteFileName& name, const std::string& uri, const std::string& mime,
                            Instant uploaded_at, std::optional<Instant> expires_at) = 0;
  virtual void set_file_state(FileKey file, FileState state) = 0;
  /// The `mime` that was told of the newest file, of whichever run; empty when none was ever told.
  virtual std::string newest_mime() = 0;
  virtual std::optional<RemoteFile> newest_file(ChunkKey chunk) = 0;
  virtual std::optional<RemoteFile> file(FileKey file) = 0;
  virtual std::optional<RemoteFile> file_named(ChunkKey chunk, const RemoteFileName& name) = 0;
  /// The newest file of the run that is at the service as far as is known.
  virtual std::optional<RemoteFileName> known_file(RunKey run) = 0;
  /// Files of the project that are at the service as far as is known, and those that are being sent.
  virtual StoredFiles stored_files(const std::string& project, Instant now) = 0;
  /// Files still here whose chunk rests, oldest first.
  virtual std::vector<RemoteFile> files_to_clean(RunKey run, int limit) = 0;

  // ---- jobs
  virtual JobKey add_intent(const NewIntent& intent) = 0;
  /// The service's name of an intent's job; the caller moves the chunk in the same transaction.
  virtual void name_job(JobKey job, const JobName& name, JobOrigin origin) = 0;
  /// Notes what was seen. An ended job's hold is released here, whoever looked; it stays ended, and its output named,
  /// whatever a stale look says later.
  virtual void observe(JobKey job, const Observation& seen, Instant at) = 0;
  /// The service answers `not found`: the hold is released, the state is kept.
  virtual void job_is_gone(JobKey job, Instant at) = 0;
  /// A row for a job that has none (hold live). The superseded one holds nothing any more.
  virtual JobKey add_found_job(const FoundJob& found) = 0;
  virtual std::optional<Job> job(JobKey job) = 0;
  /// All of them, duplicates too, oldest first.
  virtual std::vector<Job> jobs_of(ChunkKey chunk) = 0;
  /// Duplicates that no result is stored of, oldest first.
  virtual std::vector<Job> duplicates(RunKey run) = 0;
  /// Chunks that have no job and wait for one, although a stored result has answers of theirs.
  virtual std::vector<ChunkKey> answered_chunks(RunKey run) = 0;
  /// Duplicates aside.
  virtual std::optional<Job> newest_job(ChunkKey chunk) = 0;
  virtual std::optional<HeldJob> job_with_name(const JobName& name) = 0;
  /// The newest job of the run that the service gave a name to and that was not deleted.
  virtual std::optional<JobName> known_job(RunKey run) = 0;
  /// Jobs with a name that hold quota (hold live), of the whole project, oldest first.
  virtual std::vector<HeldJob> live_jobs(const std::string& project) = 0;
  /// Jobs with a name; not yet observed counts as unknown.
  virtual JobTally job_tally(RunKey run) = 0;
  /// Tokens of the model and jobs of the project that are held; intents younger than `intents_since` count as on
  /// their way.
  virtual Held held(const std::string& project, const std::string& model, Instant intents_since) = 0;
  /// The newest observation of any live job of the run; nullopt without one.
  virtual std::optional<Instant> newest_observation(RunKey run) = 0;
  /// Tokens of the largest job of the model that the project was ever given; 0: none.
  virtual std::int64_t largest_accepted(const std::string& project, const std::string& model) = 0;

  // ---- results
  /// Rule 1 of the account: counts, outcomes (history), problems (the best so far that is not ok). One result a job.
  virtual void store_result(RunKey run, ChunkKey chunk, JobKey job, const ResultSummary& summary,
                            std::span<const Problem> problems, Instant at) = 0;
  /// Rule 2: the chunk ended without output; its records get one status and count as covered. `job` may be empty.
  virtual void store_no_result(RunKey run, ChunkKey chunk, JobKey job, RecordStatus status,
                               std::optional<std::int64_t> code, const std::string& message) = 0;
  virtual RecordTally record_tally(RunKey run) = 0;
  virtual UnsentTally unsent_tally(RunKey run) = 0;
  /// Records first..end-1 that are not sent, by record; at most `limit`.
  virtual std::vector<UnsentRecord> unsent(RunKey run, std::int64_t first, std::int64_t end, int limit) = 0;
  /// Which of the records first..end-1 others are the same as, by record.
  virtual std::vector<std::int64_t> repeated(RunKey run, std::int64_t first, std::int64_t end) = 0;
  virtual Usage usage(RunKey run) = 0;
  /// By model; creates of an unclear outcome are among the open jobs.
  virtual std::vector<Spending> spending(RunKey run) = 0;
  virtual Unsent unsent(RunKey run) = 0;
  /// The newest jobs of the model that succeeded, of every run; at most `limit`.
  virtual std::vector<FinishedJob> finished_jobs(const std::string& model, int limit) = 0;
  /// Names of runs that have an input of the same content, or of the same path and size.
  virtual std::vector<std::string> runs_with_input(const Input& input) = 0;
  /// The chunk's own results and, for a base chunk, those of repair chunks that hold some of its records; by seq.
  virtual std::vector<StoredResult> results_of(ChunkKey chunk) = 0;
  /// Problems of records first..first+n-1, by record.
  virtual std::vector<Problem> problems(RunKey run, std::int64_t first, std::int64_t n) = 0;

  // ---- clean and purge
  /// Files of the run that may still be at the service: those not known to be deleted or expired by `now`, by chunk.
  virtual std::vector<LeftFile> files_left(RunKey run, Instant now) = 0;
  /// Jobs of the run that have a name and were not deleted, by chunk.
  virtual std::vector<RemoteJob> jobs_left(RunKey run) = 0;
  /// The job was deleted at the service, or is not there any more; what was seen of it stays, its hold does not.
  virtual void job_is_deleted(JobKey job, Instant at) = 0;
  /// The run's raw results are removed from here on: nothing is merged of it again, and nothing repaired by itself.
  virtual void purge_run(RunKey run, Instant at) = 0;
  /// When that was; nullopt: its raw results are here.
  virtual std::optional<Instant> purged_at(RunKey run) = 0;

  // ---- repair
  /// Records with a problem of one of these outcomes that no repair chunk is at work on, by record.
  virtual std::vector<std::int64_t> open_problems(RunKey run, std::span<const RecordStatus> statuses) = 0;
  /// Of those: the ones that a stored result says failed for a passing reason or has no line of, of which fewer than
  /// `most_tries` repairs have ended. What ended without a result, or was cancelled, waits for a person.
  virtual std::vector<std::int64_t> passing_problems(RunKey run, int most_tries) = 0;
  virtual RepairTally repair_tally(RunKey run, int most_tries) = 0;
  /// Rule 3, all in the caller's write: a planned repair chunk with the next index, its spans, and the claim on each of
  /// its records. Bug unless each has a problem that is not claimed. Returns its index.
  virtual int add_repair(RunKey run, NewChunk chunk) = 0;
  /// Records of a repair chunk that still have no usable answer.
  virtual std::int64_t claims(ChunkKey chunk) = 0;

  // ---- quota
  virtual Quota quota(const std::string& project, const std::string& model) = 0;  // defaults when there is no row
  virtual void save_quota(const Quota& quota) = 0;
  /// What the run holds, and who else waits: runs of its project and model with chunks to create and a driver whose
  /// heartbeat is younger than `heartbeats_since`.
  virtual Share share(const Run& run, Instant heartbeats_since) = 0;
  /// Breakers of the project for this model and for all models.
  virtual std::vector<Breaker> breakers(const std::string& project, const std::string& model) = 0;
  virtual void save_breaker(const Breaker& breaker) = 0;
  virtual void drop_breaker(const std::string& project, const std::string& model, PauseKind kind) = 0;

  // ---- journal
  /// An event of the run, or of one of its chunks that does not move it; moves write their own rows.
  virtual void note(RunKey run, ChunkKey chunk, Instant at, const std::string& event, const std::string& why) = 0;
  /// By the journal: since the newest event `swept` of the run.
  virtual Unswept unswept(RunKey run) = 0;
  virtual std::vector<JournalLine> journal(RunKey run, std::optional<ChunkKey> chunk) = 0;
  virtual std::int64_t count_events(ChunkKey chunk, ChunkEvent event) = 0;
  /// Why the newest event of this name of the run itself was noted; nullopt: there is none.
  virtual std::optional<std::string> newest_note(RunKey run, const std::string& event) = 0;

  // ---- history
  /// Every job and intent of the run, by intent.
  virtual std::vector<JobSpan> job_spans(RunKey run) = 0;
  /// All that RecordTally::failed counts, most records first.
  virtual std::vector<FailureGroup> failure_groups(RunKey run) = 0;
};

}  // namespace batchctl
