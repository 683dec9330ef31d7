// The Store port over SQLite. Each family of tables has a file of its own with its statements and functions:
// runs, chunks, moves, files, jobs, results, account, quota, journal, history.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/store.hpp"
#include "store/connection.hpp"

namespace batchctl::store {

class SqliteStore : public Store {
 public:
  explicit SqliteStore(Connection connection) : connection_(std::move(connection)) {}

  Connection& connection() { return connection_; }
  void map_pages() override;

  /// Reads the whole file once, tables against indexes; throws as for a damaged page when they disagree.
  void must_be_whole();

  void write(const std::function<void()>& body) override;
  void read(const std::function<void()>& body) override;

  std::optional<std::string> copied_from() override;
  std::vector<std::string> damage() override;
  void take_over(Instant at) override;
  std::optional<Instant> taking_over_since(RunKey run) override;
  void end_take_over(RunKey run, std::int64_t epoch) override;

  std::vector<Run> runs() override;
  std::optional<Run> run_named(const std::string& name) override;
  Run run(RunKey run) override;
  std::vector<Input> inputs(RunKey run) override;
  RunKey add_run(const NewRun& run) override;
  void drop_run(RunKey run) override;
  void add_chunks(RunKey run, std::span<const NewChunk> chunks, std::int64_t scan_records) override;
  void add_unsent(RunKey run, std::span<const UnsentRecord> records) override;
  void drop_unsent(RunKey run, std::int64_t first) override;
  void finish_scan(RunKey run, const std::vector<Input>& inputs, const std::string& format) override;
  void set_options(RunKey run, const Options& options) override;
  void set_key_print(RunKey run, const std::string& key_print) override;
  std::int64_t begin_driving(RunKey run, const DriverMark& driver) override;
  void heartbeat(RunKey run, std::int64_t epoch, Instant at) override;
  void end_driving(RunKey run, std::int64_t epoch) override;
  void must_drive(RunKey run, std::int64_t epoch) override;
  void stop_run(RunKey run, std::int64_t epoch, const Stop& stop) override;
  void clear_stop(RunKey run) override;
  void request_cancel(RunKey run, Instant at) override;
  void withdraw_cancel(RunKey run) override;
  std::optional<Instant> cancel_requested_at(RunKey run) override;
  void release(RunKey run, Instant at) override;
  std::optional<Instant> released_at(RunKey run) override;

  std::optional<Chunk> chunk(ChunkKey chunk) override;
  std::optional<Chunk> chunk_at(RunKey run, int index) override;
  std::vector<Chunk> chunks(RunKey run, int from, int to) override;
  std::vector<Chunk> chunks_in(RunKey run, ChunkState state, std::optional<Instant> ready_at, int limit) override;
  std::vector<Chunk> pilot_chunks_in(RunKey run, ChunkState state, std::optional<Instant> ready_at, int limit) override;
  std::int64_t chunks_behind_pilot(RunKey run) override;
  std::optional<Instant> next_ready(RunKey run, ChunkState state, Instant now) override;
  ChunkTally chunk_tally(RunKey run) override;
  ChunkTally active_tally(RunKey run) override;
  std::vector<ChunkKey> ended_chunks(RunKey run) override;
  std::vector<Span> spans(ChunkKey chunk) override;
  std::vector<Chunk> halves(ChunkKey chunk) override;
  int add_halves(RunKey run, ChunkKey chunk, std::array<NewChunk, 2> halves) override;
  void count_refused_alone(ChunkKey chunk) override;
  std::uint64_t largest_body(RunKey run) override;
  ChunkState move(const ChunkMove& move) override;

  FileKey add_file(ChunkKey chunk, int generation, const RemoteFileName& name, std::uint64_t bytes,
                   const std::string& sha256) override;
  FileKey add_found_file(const FoundFile& found) override;
  void file_is_here(FileKey file, const RemoteFileName& name, const std::string& uri, const std::string& mime,
                    Instant uploaded_at, std::optional<Instant> expires_at) override;
  void set_file_state(FileKey file, FileState state) override;
  std::string newest_mime() override;
  std::optional<RemoteFile> newest_file(ChunkKey chunk) override;
  std::optional<RemoteFile> file(FileKey file) override;
  std::optional<RemoteFile> file_named(ChunkKey chunk, const RemoteFileName& name) override;
  std::optional<RemoteFileName> known_file(RunKey run) override;
  StoredFiles stored_files(const std::string& project, Instant now) override;
  std::vector<RemoteFile> files_to_clean(RunKey run, int limit) override;

  JobKey add_intent(const NewIntent& intent) override;
  void name_job(JobKey job, const JobName& name, JobOrigin origin) override;
  void observe(JobKey job, const Observation& seen, Instant at) override;
  void job_is_gone(JobKey job, Instant at) override;
  JobKey add_found_job(const FoundJob& found) override;
  std::optional<Job> job(JobKey job) override;
  std::vector<Job> jobs_of(ChunkKey chunk) override;
  std::vector<Job> duplicates(RunKey run) override;
  std::vector<ChunkKey> answered_chunks(RunKey run) override;
  std::optional<Job> newest_job(ChunkKey chunk) override;
  std::optional<JobName> known_job(RunKey run) override;
  std::optional<HeldJob> job_with_name(const JobName& name) override;
  std::vector<HeldJob> live_jobs(const std::string& project) override;
  JobTally job_tally(RunKey run) override;
  Held held(const std::string& project, const std::string& model, Instant intents_since) override;
  std::optional<Instant> newest_observation(RunKey run) override;
  std::int64_t largest_accepted(const std::string& project, const std::string& model) override;

  void store_result(RunKey run, ChunkKey chunk, JobKey job, const ResultSummary& summary,
                    std::span<const Problem> problems, Instant at) override;
  void store_no_result(RunKey run, ChunkKey chunk, JobKey job, RecordStatus status, std::optional<std::int64_t> code,
                       const std::string& message) override;
  RecordTally record_tally(RunKey run) override;
  UnsentTally unsent_tally(RunKey run) override;
  std::vector<UnsentRecord> unsent(RunKey run, std::int64_t first, std::int64_t end, int limit) override;
  std::vector<std::int64_t> repeated(RunKey run, std::int64_t first, std::int64_t end) override;
  Usage usage(RunKey run) override;
  std::vector<Spending> spending(RunKey run) override;
  Unsent unsent(RunKey run) override;
  std::vector<FinishedJob> finished_jobs(const std::string& model, int limit) override;
  std::vector<std::string> runs_with_input(const Input& input) override;
  std::vector<StoredResult> results_of(ChunkKey chunk) override;
  std::vector<Problem> problems(RunKey run, std::int64_t first, std::int64_t n) override;

  std::vector<LeftFile> files_left(RunKey run, Instant now) override;
  std::vector<RemoteJob> jobs_left(RunKey run) override;
  void job_is_deleted(JobKey job, Instant at) override;
  void purge_run(RunKey run, Instant at) override;
  std::optional<Instant> purged_at(RunKey run) override;

  std::vector<std::int64_t> open_problems(RunKey run, std::span<const RecordStatus> statuses) override;
  std::vector<std::int64_t> passing_problems(RunKey run, int most_tries) override;
  RepairTally repair_tally(RunKey run, int most_tries) override;
  int add_repair(RunKey run, NewChunk chunk) override;
  std::int64_t claims(ChunkKey chunk) override;

  Quota quota(const std::string& project, const std::string& model) override;
  void save_quota(const Quota& quota) override;
  Share share(const Run& run, Instant heartbeats_since) override;
  std::vector<Breaker> breakers(const std::string& project, const std::string& model) override;
  void save_breaker(const Breaker& breaker) override;
  void drop_breaker(const std::string& project, const std::string& model, PauseKind kind) override;

  void note(RunKey run, ChunkKey chunk, Instant at, const std::string& event, const std::string& why) override;
  Unswept unswept(RunKey run) override;
  std::vector<JournalLine> journal(RunKey run, std::optional<ChunkKey> chunk) override;
  std::int64_t count_events(ChunkKey chunk, ChunkEvent event) override;
  std::optional<std::string> newest_note(RunKey run, const std::string& event) override;

  std::vector<JobSpan> job_spans(RunKey run) override;
  std::vector<FailureGroup> failure_groups(RunKey run) override;

 private:
  struct JournalRow {
    Instant at;
    RunKey run;
    ChunkKey chunk;
    JobKey job;
    std::string_view from, event, to;  // empty from and to: an event of the run
    const std::string& why;
  };

  /// Empty when there is no such row.
  std::string meta(const std::string& key);
  void put_input(RunKey run, const Input& input);
  ChunkKey add_chunk(RunKey run, const NewChunk& chunk);
  int next_index(RunKey run);
  void set_hold(const ChunkMove& move, HoldEffect effect);
  void must_be_accounted(ChunkKey chunk);
  void add_journal_line(const JournalRow& row);

  /// Records first..first+n-1.
  struct Stretch {
    std::int64_t first = 0, n = 0;
  };
  std::vector<Stretch> stretches_of(const Chunk& chunk);
  /// By first record; may overlap.
  std::vector<Stretch> covered_before(const Chunk& chunk, JobKey job);
  ChunkTally tally_by(const Sql& sql, RunKey run);
  /// What one walk over a run's chunks adds up, for all who ask in one snapshot.
  struct ChunkSums {
    RunKey run;
    ChunkTally chunks{};
    Unsent unsent;
    std::int64_t base_tokens = 0;
  };
  const ChunkSums& sums_of(RunKey run);
  /// The chunk, after checking that it is the run's and that the job (if any) is the chunk's. Bug otherwise.
  Chunk owner_of(RunKey run, ChunkKey chunk, JobKey job);
  void add_outcomes(JobKey job, std::span<const Problem> sorted);
  /// Sets the problems of the chunk's records after a result, or an end without one. `next_problem` gives those not ok
  /// by record and nullptr at the end; all others of the chunk are ok.
  void account(const Chunk& chunk, JobKey job, const std::function<const Problem*()>& next_problem);
  /// The row of a sentence; nullopt for an empty one.
  std::optional<std::int64_t> message_id(const std::string& text);

  Connection connection_;
  bool known_whole_ = false;
  std::vector<ChunkKey> came_to_rest_;  // in the write that is under way
  std::optional<ChunkSums> sums_;       // of the snapshot that is read
};

}  // namespace batchctl::store
