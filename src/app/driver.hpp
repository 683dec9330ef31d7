// Drives one run: reads how it stands, lets plan/ decide, stores the intent, starts the requests, and turns answers
// into moves. One driver a run (an OS lock and the epoch); several drivers share one loop (drive.hpp).
//
// Nothing is kept here that must survive: a driver that starts on the same rows goes on where the last one stopped.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "app/context.hpp"
#include "app/repair.hpp"
#include "app/twin.hpp"
#include "plan/run_state.hpp"
#include "plan/schedule.hpp"
#include "records/results.hpp"

namespace batchctl::app {

/// What the command is allowed to do.
struct Mandate {
  bool spend = true;               // uploads and creates; false: observe and fetch only
  bool leaves_when_paused = true;  // false with --wait
  bool look_now = true;            // begin by looking at the jobs
};

class Driver {
 public:
  /// Takes the run over: the caller holds the lock. Raises the epoch.
  Driver(Context& context, RunKey run, std::unique_ptr<FileLock> lock, Mandate mandate);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// One turn: decides and starts. Nothing is started once `stopping`.
  const plan::Plan& turn(bool stopping);
  /// True when the ticket was this driver's.
  bool handle(Ticket ticket, const Answer& answer);

  /// Puts records into repair chunks; how many. (Automatic repair needs no call.)
  std::int64_t repair(const RepairWish& wish);

  const Run& run() const { return run_; }
  const plan::Plan& latest_plan() const { return plan_; }
  const plan::Snapshot& latest_snapshot() const { return snapshot_; }
  bool busy() const { return !pending_.empty(); }
  bool create_under_way() const { return create_under_way_; }
  /// The service is looked at because the command wants it, beyond the steady polls.
  bool looking() const { return mandate_.look_now || is_cancelling() || holds_back(); }
  const std::optional<Stop>& stop() const { return run_.stop; }
  plan::RunFacts facts();
  std::optional<plan::Pause> pause() const;
  /// When a chunk last came to another state; the beginning before the first.
  Instant last_progress() const { return last_progress_; }
  /// Since when the service could not be reached; nullopt while it can.
  std::optional<Instant> outage_since() const { return outage_since_; }

 private:
  using Handler = std::function<void(const Answer&)>;
  struct Details {
    std::string why;
    JobKey job{};
    std::optional<Instant> not_before{};
    int fails = 0;
    std::optional<std::string> error{};
  };
  struct ListPass;

  // driver.cpp
  plan::Snapshot take_snapshot(Instant now);
  ChunkTally tally();
  StoredFiles stored_files(Instant now);
  Duration reconciling_wait(const Chunk& chunk, Instant now);
  void beat(Instant now);
  void act(const plan::Action& action, Instant now);
  void send(ChunkKey chunk, Request request, Handler handler);
  void commit(const std::function<void()>& body);
  void move(const Chunk& chunk, ChunkEvent event, const Details& details);
  void stop_for(const std::string& reason, const std::string& message);
  plan::QuotaView quota_view(Instant now, const std::optional<std::string>& model = std::nullopt);
  plan::Limits limits_for(const std::optional<std::string>& model) const;
  void save(const plan::QuotaView& view);
  void met_outage(const Failure& failure);
  void met_service();
  bool is_stopped_by(const Failure& failure);
  Chunk chunk_now(ChunkKey key);

  // driver_upload.cpp
  void begin_upload(ChunkKey key, Instant now);
  void send_file(const Chunk& chunk, const RemoteFile& file);
  void find_file(ChunkKey key);
  void on_uploaded(ChunkKey key, const Answer& answer);
  void on_found(ChunkKey key, const Answer& answer);
  void confirm_upload(const Chunk& chunk, const RemoteFile& file, const FileFacts& facts);
  void upload_failed(const Chunk& chunk, const RemoteFile& file, const Failure& failure);
  std::string naming_input(const Chunk& chunk, const std::string& message);
  bool spent_generations(const Chunk& chunk);
  void reject_upload(const Chunk& chunk, const RemoteFile& file, const Failure& failure);
  void age_file(ChunkKey key);
  void clean_files();

  // driver_cancel.cpp
  bool is_cancelling() const { return run_.cancel_requested_at.has_value() && mandate_.spend; }
  void notice_cancel();
  bool is_to_be_told(ChunkKey chunk, Instant now) const;
  void cancel_chunks();
  void tell_job(ChunkKey key);

  // driver_create.cpp
  void begin_create(ChunkKey key, bool probe, Instant now);
  void on_created(ChunkKey key, JobKey job, bool probe, std::chrono::nanoseconds begun, const CreateOutcome& outcome);
  bool is_bringing_home();
  void doubt(ChunkKey key);
  Duration window_of(std::uint64_t body_bytes) const;
  void reject(const Chunk& chunk, JobKey job, const Failure& failure);
  void stop_if_all_are_rejected(const std::string& message);

  // driver_halve.cpp
  void halve_what_never_fits(ChunkKey key);

  // driver_observe.cpp
  void begin_list(bool complete, Instant now);
  void ask_page();
  void on_page(const Answer& answer);
  void end_pass(std::optional<Duration> hint = std::nullopt);
  void find_intents(const std::vector<Observation>& jobs);
  void adopt_found(const ListPass& pass);
  void adopt(const Chunk& chunk, const Job& job, const Observation& seen);
  void saw(const Job& job, const Observation& seen, Instant now);
  void settle(ChunkKey key, Instant now);
  void look_again(const Chunk& chunk, const Job& job, Instant now);
  void on_job(const Job& job, const Answer& answer);
  bool has_mark(const Observation& seen) const;
  bool reaches_back_to(const JobPage& page, Instant then) const;
  void stop_for_unknown_creates(const ListPass& pass);
  void stop_for_stuck_jobs(Instant now);

  // driver_strays.cpp
  void judge_strays(ListPass& pass);
  void judge_stray(const Observation& seen, ListPass& pass, int& imported);
  bool is_our_file(const Chunk& chunk, const RemoteFileName& input);
  void leave_over(const Chunk& chunk);
  void take_stray(const Chunk& chunk, const Observation& seen, const std::vector<Job>& jobs);
  bool import_stray(const Chunk& chunk, int attempt, const Observation& seen);
  void stop_for_copy(const Chunk& chunk, const Observation& seen);
  void stop_for_impostor(const Chunk& chunk, const Observation& seen);
  void add_twin(const Chunk& chunk, int attempt, const Observation& seen, const std::vector<Job>& jobs);
  void show_foreign(const Observation& seen, const std::string& why, ListPass& pass);

  // driver_twins.cpp
  void tell_twins(Instant now);
  std::optional<Instant> next_twin_call() const;
  bool has_open_twin(ChunkKey chunk) const;
  void bring_twins_home();
  void take_in_twin(JobKey key, const std::string& path, const std::string& final_path);
  void store_twin(JobKey key, const Chunk& chunk, const ReadResult& result);
  bool has_answers(const Chunk& chunk);
  std::function<bool(std::int64_t)> is_answered(const Chunk& chunk);

  // driver_repair.cpp
  void plan_repairs();
  std::int64_t repair(const std::vector<std::int64_t>& records, const Overrides& overrides, const std::string& why);
  bool is_outdated(const Chunk& chunk);
  void drop_repair(const Chunk& chunk);
  bool may_repair() const { return mandate_.spend && !run_.stop && !is_cancelling(); }

  // driver_sweep.cpp
  void begin_sweeping();
  bool holds_back() const;
  bool is_taking_over() const { return sweep_.take_over_at.has_value(); }
  std::optional<Instant> full_pass_at(Instant now, bool all_rest) const;
  Instant newest_known() const;
  void note_reading(const ListPass& pass);
  void note_failed_reading(const ListPass& pass);
  static std::string left_alone(const ListPass& pass);
  void note_take_over(const ListPass& pass);

  // driver_fetch.cpp
  void begin_fetch(ChunkKey key);
  void on_fetched(ChunkKey key, const Job& job, const Answer& answer);
  ReadResult read_lines(const Chunk& chunk, const Job& job, const std::string& path);
  void stop_for_unknown_keys(const Chunk& chunk, const Job& job, const ResultSummary& summary);
  void take_in(const Chunk& chunk, const Job& job, const std::string& path, const std::string& final_path);
  void fetch_failed(const Chunk& chunk, const std::string& why, bool gone);
  void prove_output_gone(const Chunk& chunk, const std::string& why);
  void fetch_later(const Chunk& chunk, const std::string& why);
  std::string raw_path(const Chunk& chunk, const Job& job) const;  // relative to the raw directory
  std::string raw_file(const Chunk& chunk, const Job& job) const;  // absolute

  Context& context_;
  std::unique_ptr<FileLock> lock_;
  Mandate mandate_;
  Run run_;
  std::vector<Input> inputs_;
  plan::Limits limits_;
  plan::Snapshot snapshot_;
  plan::Plan plan_;

  std::unordered_map<Ticket, Handler> pending_;
  std::unordered_set<ChunkKey> busy_chunks_;
  std::vector<std::function<void()>> announcements_;  // told to the observer after the commit
  bool create_under_way_ = false;
  bool cost_waits_ = false;  // --max-cost is reached as long as answers on their way home count by their estimate
  int fetches_ = 0;
  int rejected_in_a_row_ = 0;
  std::optional<Instant> outage_since_;

  StoredFiles stored_;
  std::optional<Instant> stored_at_;  // on steady_now(); nullopt: to be counted

  std::unique_ptr<ListPass> pass_;
  std::optional<Instant> list_not_before_;    // on steady_now()
  bool key_reads_ours_ = false;               // this key has read a job of this database
  std::optional<Instant> others_counted_at_;  // on steady_now()
  int list_fails_ = 0;
  int failed_passes_ = 0;
  // These are on steady_now().
  std::map<ChunkKey, Instant> reconcile_at_;  // when the list may be read for it
  std::map<ChunkKey, Instant> absent_since_;  // when the first complete pass without it ended
  /// SUCCEEDED without an output's name: how often it was asked for, and when next.
  struct Looks {
    int times = 0;
    Instant next;
  };
  std::map<ChunkKey, Looks> looks_;
  std::map<ChunkKey, Instant> cancel_again_at_;  // chunks whose jobs were told to stop
  int cancel_fails_ = 0;
  std::map<ChunkKey, std::string> short_downloads_;  // SHA-256 of a result with fewer lines than requests
  Instant last_progress_;
  std::shared_ptr<const AnswerSchema> schema_;  // of the run
  bool look_for_repairs_ = true;                // something came to rest since it was looked

  /// What must be found out before anything is sent, and at the end.
  struct Sweep {
    bool looked = false;      // the newest jobs were seen, or could not be in spite of many tries
    bool was_seen = false;    // the newest jobs were seen
    bool must_agree = false;  // this database was found to be older than the service
    bool due = false;         // creates of earlier drivers were unclear: the whole list is compared with the intents
    bool due_at_end = false;  // creates were begun since the last comparison
    bool told_waiting = false;
    int failed_readings = 0;
    std::int64_t creates = 0;                     // begun by this driver
    std::optional<Instant> take_over_at;          // on steady_now(): when the copy's last create is over
    std::optional<Instant> first_take_over_pass;  // on steady_now(): its end
    bool left_over = false;                       // a job that was found could not be taken yet
  } sweep_;
  std::unordered_set<JobName> shown_;      // jobs that are not ours and were told of
  std::unordered_set<ChunkKey> doubtful_;  // a job of theirs was seen while something was under way for them
  std::map<JobKey, Twin> twins_;           // second jobs of one create, without a stored result
  std::unordered_set<ChunkKey> answered_;  // chunks that wait for a job although a twin has answered
  std::optional<Instant> last_beat_;
};

}  // namespace batchctl::app
