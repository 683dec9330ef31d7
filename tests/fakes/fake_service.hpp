// A batch service in memory, on a virtual clock: it behaves like the real one, goes wrong when ordered to, and
// remembers everything, so that a test asks what happened instead of expecting calls.
//
// `wait` moves the clock to the next answer or to `wake_at`; nothing else does. Jobs need no timers: what a job is
// doing follows from when it was made. The fake outlives its client: `abandon` is the client's death, after which
// another driver may go on with the same fake.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_clock.hpp"
#include "ports/batch_service.hpp"

namespace batchctl::fakes {

enum class Call {
  upload,
  find_file,
  list_files,
  delete_file,
  create,
  list,
  get,
  cancel,
  delete_job,
  count_tokens,
  fetch
};

/// What goes wrong with a request.
enum class Fault {
  lost_before,  // the answer is lost, and nothing happened
  lost_after,   // it happened, and the answer is lost
  lost_late,    // the answer is lost at once; it happens `late` after the request was written
  not_sent,     // there was no connection (for other calls than create: unreachable)
  answers,      // nothing happens; `answer` is the answer
  cut,          // (fetch) the first half of the bytes comes, and looks like all of them
};

struct FaultOrder {
  Call on = Call::create;
  Fault fault = Fault::lost_after;
  std::uint64_t nth = 1;              // of this call, counted from the order; 1 = the next one
  std::uint64_t times = 1;            // how many in a row
  Duration late{};                    // for lost_late
  std::optional<Duration> latency{};  // until the answer, or its loss, is noticed; default: as the call always takes
  Answer answer = Failure{};          // for answers
};

/// How a job goes. Times are counted from its making.
struct JobPlan {
  Duration pending = minutes{4};
  Duration running = minutes{8};  // after pending
  Duration life = hours{48};      // then it expires
  JobState end = JobState::succeeded;
  bool has_output = true;  // also of a job that ends badly
  Duration named{};        // from its end until its output has a name
  std::string error;       // its words, when it ends badly
  Duration listed{};       // until the list shows it; `get` knows it at once
  double answered = 1.0;   // the share of its lines that the output has, from the front
};

struct FakeFile {
  std::string name;  // `files/...`
  std::string display_name;
  std::string sha256;
  std::shared_ptr<const std::string> body;
  Instant created_at;
  Instant expires_at;
};

struct FakeJob {
  std::uint64_t serial = 0;  // 1, 2, 3, … in order of creation
  std::string name;          // `batches/...`
  std::string model;
  std::string display_name;
  std::string input;  // the file's name
  std::shared_ptr<const std::string> body;
  std::int64_t lines = 0;
  std::int64_t tokens = 0;
  Instant created_at;
  JobPlan plan;
  std::optional<Instant> cancelled_at;
  bool deleted = false;
};

/// One request as it arrived, in order.
struct Seen {
  Instant at;
  Call call = Call::create;
  std::string about;  // display name of an upload or create, else the name asked for
};

struct FakeOptions {
  // Until the answer, on the run's clock. An effect comes half-way.
  Duration upload = milliseconds{500};
  Duration find_file = milliseconds{100};
  Duration delete_file = milliseconds{100};
  Duration create = milliseconds{300};
  Duration list = milliseconds{100};
  Duration get = milliseconds{100};
  Duration cancel = milliseconds{100};
  Duration delete_job = milliseconds{100};
  Duration count_tokens = milliseconds{100};
  Duration fetch = milliseconds{500};
  Duration connect{};  // before the request is written: what `send_before` is about

  std::optional<int> max_jobs = 100;            // pending and running
  std::optional<std::int64_t> enqueued_tokens;  // per model, over the pending and running
  std::optional<std::uint64_t> storage_bytes;   // over all files
  Refusal refusal{PauseKind::unknown, std::nullopt, "You exceeded your current quota (fake).", std::nullopt};
  Duration file_life = hours{48};
  std::string mime = "application/jsonl";  // of every file
  std::size_t list_page = 100;
  std::string unknown_model = "unknown";  // a model whose name begins so is refused
  std::uint64_t max_input_bytes = 2'000'000'000;

  JobPlan job;  // of every job, unless `plan` is given
  std::function<JobPlan(const FakeJob&)> plan;
  /// What the quota counts; default: a token for every four bytes.
  std::function<std::int64_t(const std::string& body)> tokens;
  /// One result line (without its end) for a request line; nullopt leaves it out. Default: `answer_line`.
  std::function<std::optional<std::string>(const FakeJob&, const std::string& key, const std::string& question)> result;
};

/// The result line of an answered request: the text is `answer to: <question>`.
std::string answer_line(const std::string& key, const std::string& question);
/// The result line of a request that failed.
std::string error_line(const std::string& key, int code, const std::string& message);

Failure server_failure(int status = 503);
Failure quota_failure(PauseKind kind, std::optional<Duration> retry_after = std::nullopt);
Failure stopped_failure(std::string reason);

class FakeService : public BatchService {
 public:
  explicit FakeService(FakeClock& clock, FakeOptions options = {});

  Capabilities capabilities() const override { return {options_.max_input_bytes}; }
  void start(Ticket ticket, Request request) override;
  std::vector<Completion> wait(Instant wake_at) override;
  void abandon() override;
  std::optional<Duration> clock_skew() const override;
  std::string how_to_cancel(const JobName& job) const override { return "cancel " + job.value; }

  // ---- how it goes
  FakeOptions& options() { return options_; }
  void order(FaultOrder order) { orders_.push_back(std::move(order)); }
  /// Between these instants nothing is reached.
  void outage(Instant from, Instant to) { outages_.emplace_back(from, to); }
  /// From now on every call is answered with this; nullopt ends it.
  void refuse_everything(std::optional<Failure> failure) { refuses_everything_ = std::move(failure); }
  void set_clock_skew(Duration skew) { skew_ = skew; }
  /// Somebody set the client's clock, and for the service no time has passed: moves FakeClock and everything that is
  /// dated or under way here by `by`.
  void set_clock(Duration by);
  void forget_file(const std::string& name);
  /// The job is no longer known, as after six weeks.
  void forget_job(const std::string& name);
  /// A job that somebody else made. Returns its name.
  std::string add_job(const std::string& model, const std::string& display_name, const std::string& input = {},
                      std::int64_t tokens = 0);

  // ---- what happened
  const std::vector<FakeJob>& jobs() const { return jobs_; }
  const std::map<std::string, FakeFile>& files() const { return files_; }
  const std::vector<Seen>& seen() const { return seen_; }
  std::uint64_t count(Call call) const;
  /// Jobs made under a display name.
  const std::map<std::string, int>& jobs_by_display_name() const { return by_display_name_; }
  /// The most jobs that one display name has; above 1 money was spent twice.
  int most_jobs_of_a_display_name() const;
  int active_jobs() const;
  int peak_active_jobs() const { return peak_active_; }
  std::int64_t active_tokens(const std::string& model) const;
  std::uint64_t refusals() const { return refusals_; }
  Observation look_at(const FakeJob& job) const;

 private:
  struct Event {
    Instant at;
    std::uint64_t serial = 0;      // equal instants: first come, first served
    std::optional<Ticket> ticket;  // of the client that is alive
    bool needs_client = true;      // false: it is at the service and happens, whoever lives
    std::function<std::optional<Answer>()> run;
  };
  using Effect = std::function<Answer()>;

  Instant now() const { return moment_.value_or(clock_.now()); }
  void schedule(Instant at, std::optional<Ticket> ticket, bool needs_client,
                std::function<std::optional<Answer>()> run);
  void begin(Ticket ticket, Call call, std::string about, std::chrono::nanoseconds send_before, Effect effect);
  void write_request(Ticket ticket, Call call, const std::optional<FaultOrder>& fault, Effect effect);
  std::optional<FaultOrder> next_fault(Call call);
  bool is_out() const;
  std::vector<Completion> run_due();

  Answer upload(const UploadFile& request, const std::shared_ptr<const std::string>& body);
  Answer find_file(const std::string& name) const;
  Answer list_files(const std::string& page) const;
  Answer delete_file(const std::string& name);
  Answer create(const CreateJob& request);
  Answer list(const std::string& page) const;
  Answer get(const std::string& name) const;
  Answer cancel(const std::string& name);
  Answer delete_job(const std::string& name);
  Answer count_tokens(const CountTokens& request) const;
  Answer fetch(const FetchOutput& request) const;

  bool is_bad_input(const std::string& body, std::string& words) const;
  bool is_over_cap(const FakeJob& job) const;
  Duration latency_of(Call call) const;
  const FakeFile* live_file(const std::string& name) const;
  FakeJob* known_job(const std::string& name);
  const FakeJob* known_job(const std::string& name) const;
  std::string output_of(const FakeJob& job) const;
  FileFacts facts_of(const FakeFile& file) const;

  FakeClock& clock_;
  FakeOptions options_;
  std::map<std::string, FakeFile> files_;
  std::vector<FakeJob> jobs_;
  std::vector<Seen> seen_;
  std::map<std::string, int> by_display_name_;
  std::vector<FaultOrder> orders_;
  std::vector<std::pair<Instant, Instant>> outages_;
  std::optional<Failure> refuses_everything_;
  std::vector<Event> events_;
  std::uint64_t next_serial_ = 1;
  int peak_active_ = 0;
  std::uint64_t refusals_ = 0;
  int idle_waits_ = 0;
  bool cuts_ = false;  // the fetch that happens now
  std::optional<Duration> skew_;
  bool answered_ = false;
  std::optional<Instant> moment_;  // while an event runs: its own instant, though the clock may have moved on
};

}  // namespace batchctl::fakes
