#include "fakes/fake_service.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"

namespace batchctl::fakes {
namespace {

constexpr int kTooManyIdleWaits = 10'000;

std::string full_name(const std::string& name) { return name.starts_with("files/") ? name : "files/" + name; }

std::vector<std::string> lines_of(const std::string& body) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    lines.push_back(body.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// The text of every part of every content, one after another.
std::string question_of(const nlohmann::json& line) {
  std::string text;
  const auto request = line.value("request", nlohmann::json::object());
  for (const auto& content : request.value("contents", nlohmann::json::array())) {
    for (const auto& part : content.value("parts", nlohmann::json::array())) text += part.value("text", "");
  }
  return text;
}

Failure lost() { return {FailureKind::unreachable, 0, "the connection was cut (fake)", {}, {}, {}}; }
Failure not_reached() { return {FailureKind::unreachable, 0, "no connection (fake)", {}, {}, {}}; }
Failure not_found(const std::string& name) {
  return {FailureKind::not_found, 404, "no such thing as " + name + " (fake)", {}, {}, {}};
}

CreateAnswer create_answer_of(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::unreachable:
    case FailureKind::server:
    case FailureKind::local:
      return CreateAnswer::unclear;
    case FailureKind::quota:
      return CreateAnswer::refused;
    case FailureKind::stopped:
      return CreateAnswer::stopped;
    case FailureKind::not_found:
      return CreateAnswer::lost_file;
    case FailureKind::rejected:
    case FailureKind::source:
      return CreateAnswer::rejected;
  }
  return CreateAnswer::unclear;
}

/// A failure as the answer to this call.
Answer answer_of(Call call, Failure failure, std::optional<CreateAnswer> create = std::nullopt) {
  if (call != Call::create) return failure;
  const CreateAnswer answer = create.value_or(create_answer_of(failure));
  return CreateOutcome{answer, std::nullopt, std::move(failure)};
}

const char* word_of(JobState state) {
  switch (state) {
    case JobState::pending:
      return "BATCH_STATE_PENDING";
    case JobState::running:
      return "BATCH_STATE_RUNNING";
    case JobState::succeeded:
      return "BATCH_STATE_SUCCEEDED";
    case JobState::failed:
      return "BATCH_STATE_FAILED";
    case JobState::expired:
      return "BATCH_STATE_EXPIRED";
    case JobState::cancelled:
      return "BATCH_STATE_CANCELLED";
    case JobState::unknown:
      return "BATCH_STATE_UNSPECIFIED";
  }
  return "";
}

/// Where a job stands at an instant.
struct View {
  JobState state = JobState::pending;
  std::optional<Instant> ended;
  std::int64_t lines = 0;  // of the output
  bool has_output = false;
};

View view_of(const FakeJob& job, Instant now) {
  const Instant starts = job.created_at + job.plan.pending;
  const Instant expires = job.created_at + job.plan.life;
  const Instant ends = std::min(starts + job.plan.running, expires);
  const auto share = [&job](double part) {
    return static_cast<std::int64_t>(static_cast<double>(job.lines) * std::clamp(part, 0.0, 1.0));
  };
  if (job.cancelled_at && *job.cancelled_at < ends) {
    View view{JobState::cancelled, job.cancelled_at, 0, false};
    if (*job.cancelled_at > starts) {
      view.lines = share(static_cast<double>((*job.cancelled_at - starts).count()) /
                         static_cast<double>(job.plan.running.count()));
    }
    view.has_output = view.lines > 0;
    return view;
  }
  if (now < starts && now < ends) return {JobState::pending, std::nullopt, 0, false};
  if (now < ends) return {JobState::running, std::nullopt, 0, false};
  if (starts + job.plan.running > expires) return {JobState::expired, ends, 0, false};
  return {job.plan.end, ends, share(job.plan.answered), job.plan.has_output && now >= ends + job.plan.named};
}

bool is_active(const FakeJob& job, Instant now) { return !job.deleted && !view_of(job, now).ended; }

}  // namespace

std::string answer_line(const std::string& key, const std::string& question) {
  const auto tokens = static_cast<std::int64_t>(question.size() / 4 + 1);
  nlohmann::ordered_json line;
  line["response"]["candidates"] = {
      {{"content", {{"parts", {{{"text", "answer to: " + question}}}}, {"role", "model"}}},
       {"finishReason", "STOP"},
       {"index", 0}}};
  line["response"]["usageMetadata"] = {
      {"promptTokenCount", tokens}, {"candidatesTokenCount", tokens + 3}, {"totalTokenCount", 2 * tokens + 3}};
  line["response"]["modelVersion"] = "fake-1";
  line["key"] = key;
  return line.dump();
}

std::string error_line(const std::string& key, int code, const std::string& message) {
  nlohmann::ordered_json line;
  line["error"] = {{"code", code}, {"message", message}};
  line["key"] = key;
  return line.dump();
}

Failure server_failure(int status) {
  return {FailureKind::server, status, std::to_string(status) + " without a body", {}, {}, {}};
}

Failure quota_failure(PauseKind kind, std::optional<Duration> retry_after) {
  const std::string words = "You exceeded your current quota (fake).";
  return {FailureKind::quota, 429, words, {}, Refusal{kind, std::nullopt, words, retry_after}, retry_after};
}

Failure stopped_failure(std::string reason) {
  std::string words = "a person must act (fake): " + reason;
  return {FailureKind::stopped, 400, std::move(words), std::move(reason), {}, {}};
}

FakeService::FakeService(FakeClock& clock, FakeOptions options) : clock_(clock), options_(std::move(options)) {}

// ---- the client's side --------------------------------------------------------------------------------------------

void FakeService::start(Ticket ticket, Request request) {
  std::visit(
      [this, ticket](auto&& asked) {
        using Asked = std::decay_t<decltype(asked)>;
        constexpr std::chrono::nanoseconds kAnyTime = std::chrono::nanoseconds::max();
        if constexpr (std::is_same_v<Asked, UploadFile>) {
          auto body = std::make_shared<std::string>();
          std::optional<Failure> unreadable;
          try {
            std::string buffer(1 << 16, '\0');
            const auto source = asked.open();
            while (const std::size_t got = source->read(buffer)) body->append(buffer, 0, got);
            if (body->size() != asked.bytes || sha256_hex(*body) != asked.sha256) {
              unreadable = Failure{FailureKind::source, 0, "the bytes are not those that were planned", {}, {}, {}};
            }
          } catch (const Fatal& fatal) {
            unreadable = Failure{FailureKind::source, 0, fatal.what(), fatal.code(), {}, {}};
          }
          begin(ticket, Call::upload, asked.display_name, kAnyTime, [this, asked, body, unreadable]() -> Answer {
            return unreadable ? Answer{*unreadable} : upload(asked, body);
          });
        } else if constexpr (std::is_same_v<Asked, FindFile>) {
          begin(ticket, Call::find_file, asked.name.value, kAnyTime,
                [this, asked] { return find_file(asked.name.value); });
        } else if constexpr (std::is_same_v<Asked, ListFiles>) {
          begin(ticket, Call::list_files, asked.page, kAnyTime, [this, asked] { return list_files(asked.page); });
        } else if constexpr (std::is_same_v<Asked, DeleteFile>) {
          begin(ticket, Call::delete_file, asked.name.value, kAnyTime,
                [this, asked] { return delete_file(asked.name.value); });
        } else if constexpr (std::is_same_v<Asked, CreateJob>) {
          begin(ticket, Call::create, asked.display_name, asked.send_before, [this, asked] { return create(asked); });
        } else if constexpr (std::is_same_v<Asked, ListJobs>) {
          begin(ticket, Call::list, asked.page, kAnyTime, [this, asked] { return list(asked.page); });
        } else if constexpr (std::is_same_v<Asked, GetJob>) {
          begin(ticket, Call::get, asked.name.value, kAnyTime, [this, asked] { return get(asked.name.value); });
        } else if constexpr (std::is_same_v<Asked, CancelJob>) {
          begin(ticket, Call::cancel, asked.name.value, kAnyTime, [this, asked] { return cancel(asked.name.value); });
        } else if constexpr (std::is_same_v<Asked, DeleteJob>) {
          begin(ticket, Call::delete_job, asked.name.value, kAnyTime,
                [this, asked] { return delete_job(asked.name.value); });
        } else if constexpr (std::is_same_v<Asked, CountTokens>) {
          begin(ticket, Call::count_tokens, asked.model, kAnyTime, [this, asked] { return count_tokens(asked); });
        } else {
          static_assert(std::is_same_v<Asked, FetchOutput>);
          begin(ticket, Call::fetch, asked.output.value, kAnyTime, [this, asked] { return fetch(asked); });
        }
      },
      std::move(request));
}

std::vector<Completion> FakeService::wait(Instant wake_at) {
  const Instant before = clock_.now();
  for (;;) {
    std::vector<Completion> completions = run_due();
    if (!completions.empty()) {
      idle_waits_ = 0;
      return completions;
    }
    const auto next =
        std::min_element(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
    const Instant until = next == events_.end() ? wake_at : std::min(next->at, wake_at);
    if (until == Instant::max()) throw Bug("the driver waits for ever, and nothing is under way");
    clock_.advance_to(until);
    if (next == events_.end() || next->at > clock_.now()) break;
  }
  idle_waits_ = clock_.now() == before ? idle_waits_ + 1 : 0;
  if (idle_waits_ > kTooManyIdleWaits) throw Bug("the driver turns without time passing");
  return {};
}

void FakeService::abandon() {
  std::erase_if(events_, [](const Event& event) { return event.needs_client; });
  for (Event& event : events_) event.ticket.reset();
}

std::optional<Duration> FakeService::clock_skew() const {
  if (!answered_) return std::nullopt;
  return skew_.value_or(Duration::zero());
}

// ---- events -------------------------------------------------------------------------------------------------------

void FakeService::schedule(Instant at, std::optional<Ticket> ticket, bool needs_client,
                           std::function<std::optional<Answer>()> run) {
  events_.push_back({at, next_serial_++, ticket, needs_client, std::move(run)});
}

void FakeService::begin(Ticket ticket, Call call, std::string about, std::chrono::nanoseconds send_before,
                        Effect effect) {
  const std::optional<FaultOrder> fault = next_fault(call);
  const bool has_connection = !is_out() && !(fault && fault->fault == Fault::not_sent);
  auto connected = [=, this, effect = std::move(effect)]() -> std::optional<Answer> {
    if (!has_connection) return answer_of(call, not_reached(), CreateAnswer::not_sent);
    if (clock_.boot_now() > send_before) {
      return answer_of(call, {FailureKind::unreachable, 0, "too late to be sent (fake)", {}, {}, {}},
                       CreateAnswer::not_sent);
    }
    seen_.push_back({clock_.now(), call, about});
    write_request(ticket, call, fault, effect);
    return std::nullopt;
  };
  // A connection that is refused takes a moment too: without it a driver would turn without time passing.
  const Duration until = has_connection ? options_.connect : std::max(options_.connect, Duration{10});
  if (until > Duration::zero()) {
    schedule(clock_.now() + until, ticket, true, std::move(connected));
  } else if (std::optional<Answer> answer = connected()) {
    schedule(clock_.now() + Duration{10}, ticket, true, [answer] { return answer; });
  }
}

void FakeService::write_request(Ticket ticket, Call call, const std::optional<FaultOrder>& fault, Effect effect) {
  const Instant sent = clock_.now();
  const Duration latency = fault && fault->latency ? *fault->latency : latency_of(call);
  // What the client feeds, it must live for; the rest is one packet.
  const bool needs_client = call == Call::upload || call == Call::fetch;
  auto outcome = std::make_shared<std::optional<Answer>>();
  const auto answer_with = [&](std::optional<Answer> fixed) {
    schedule(sent + latency, ticket, true, [this, outcome, fixed]() -> std::optional<Answer> {
      answered_ = true;
      return fixed ? fixed : *outcome;
    });
  };
  const auto happen_at = [&](Instant at, const Effect& what) {
    schedule(at, std::nullopt, needs_client, [outcome, what]() -> std::optional<Answer> {
      *outcome = what();
      return std::nullopt;
    });
  };

  if (!fault) {
    happen_at(sent + latency / 2, effect);
    answer_with(std::nullopt);
    return;
  }
  switch (fault->fault) {
    case Fault::lost_before:
      answer_with(answer_of(call, lost()));
      break;
    case Fault::lost_after:
      happen_at(sent + latency / 2, effect);
      answer_with(answer_of(call, lost()));
      break;
    case Fault::lost_late:
      happen_at(sent + fault->late, effect);
      answer_with(answer_of(call, lost()));
      break;
    case Fault::answers:
      if (const auto* failure = std::get_if<Failure>(&fault->answer)) {
        answer_with(answer_of(call, *failure));
      } else {
        answer_with(fault->answer);
      }
      break;
    case Fault::cut:
      happen_at(sent + latency / 2, [this, effect] {
        cuts_ = true;
        Answer answer = effect();
        cuts_ = false;
        return answer;
      });
      answer_with(std::nullopt);
      break;
    case Fault::not_sent:
      break;  // never written
  }
}

std::optional<FaultOrder> FakeService::next_fault(Call call) {
  std::optional<FaultOrder> found;
  for (FaultOrder& order : orders_) {
    if (order.on != call || order.times == 0) continue;
    if (order.nth > 1) {
      --order.nth;
    } else if (!found) {
      found = order;
      --order.times;
    }
  }
  std::erase_if(orders_, [](const FaultOrder& order) { return order.times == 0; });
  return found;
}

bool FakeService::is_out() const {
  return std::any_of(outages_.begin(), outages_.end(), [this](const auto& outage) {
    return outage.first <= clock_.now() && clock_.now() < outage.second;
  });
}

/// Runs what is due, in order; the answers of the living client come back.
std::vector<Completion> FakeService::run_due() {
  std::vector<Completion> completions;
  for (;;) {
    const auto next = std::min_element(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
      return std::pair(a.at, a.serial) < std::pair(b.at, b.serial);
    });
    if (next == events_.end() || next->at > clock_.now()) return completions;
    const Event event = std::move(*next);
    events_.erase(next);
    moment_ = event.at;
    std::optional<Answer> answer = event.run();
    moment_.reset();
    if (answer && event.ticket) completions.push_back({*event.ticket, std::move(*answer)});
  }
}

// ---- the service's side -------------------------------------------------------------------------------------------

Answer FakeService::upload(const UploadFile& request, const std::shared_ptr<const std::string>& body) {
  if (refuses_everything_) return *refuses_everything_;
  const std::string name = full_name(request.id.value);
  if (const FakeFile* there = live_file(name)) {
    if (there->sha256 == request.sha256) return facts_of(*there);
    return Failure{FailureKind::rejected, 409, "the name " + name + " is taken (fake)", "name_taken", {}, {}};
  }
  if (options_.storage_bytes) {
    std::uint64_t stored = body->size();
    for (const auto& [_, file] : files_) stored += file.expires_at > now() ? file.body->size() : 0;
    if (stored > *options_.storage_bytes) {
      ++refusals_;
      return quota_failure(PauseKind::storage);
    }
  }
  FakeFile& file = files_[name];
  file = {name, request.display_name, request.sha256, body, now(), now() + options_.file_life};
  return facts_of(file);
}

Answer FakeService::find_file(const std::string& name) const {
  if (refuses_everything_) return *refuses_everything_;
  const FakeFile* file = live_file(full_name(name));
  return file == nullptr ? Answer{not_found(name)} : Answer{facts_of(*file)};
}

Answer FakeService::list_files(const std::string& page) const {
  if (refuses_everything_) return *refuses_everything_;
  FilePage found;
  for (auto file = page.empty() ? files_.begin() : files_.upper_bound(page); file != files_.end(); ++file) {
    if (file->second.expires_at <= now()) continue;
    if (found.files.size() == options_.list_page) {
      found.next_page = found.files.back().name.value;
      break;
    }
    found.files.push_back(facts_of(file->second));
  }
  return found;
}

Answer FakeService::delete_file(const std::string& name) {
  if (refuses_everything_) return *refuses_everything_;
  if (live_file(full_name(name)) == nullptr) return not_found(name);
  files_.erase(full_name(name));
  return Done{};
}

Answer FakeService::create(const CreateJob& request) {
  if (refuses_everything_) return answer_of(Call::create, *refuses_everything_);
  if (request.model.starts_with(options_.unknown_model)) return answer_of(Call::create, stopped_failure("model"));
  const FakeFile* file = live_file(full_name(request.input.value));
  if (file == nullptr) return answer_of(Call::create, not_found(request.input.value), CreateAnswer::lost_file);
  std::string words;
  if (is_bad_input(*file->body, words)) {
    return answer_of(Call::create, {FailureKind::rejected, 400, words, {}, {}, {}});
  }

  FakeJob job;
  job.serial = jobs_.size() + 1;
  job.name = "batches/fake-" + std::to_string(job.serial);
  job.model = request.model;
  job.display_name = request.display_name;
  job.input = file->name;
  job.body = file->body;
  job.lines = static_cast<std::int64_t>(lines_of(*file->body).size());
  job.tokens = options_.tokens ? options_.tokens(*file->body) : static_cast<std::int64_t>(file->body->size() / 4);
  job.created_at = now();
  if (is_over_cap(job)) {
    ++refusals_;
    Failure failure = quota_failure(options_.refusal.kind, options_.refusal.retry_after);
    failure.refusal = options_.refusal;
    failure.message = options_.refusal.message;
    return answer_of(Call::create, std::move(failure));
  }
  job.plan = options_.plan ? options_.plan(job) : options_.job;
  ++by_display_name_[job.display_name];
  jobs_.push_back(job);
  peak_active_ = std::max(peak_active_, active_jobs());
  return CreateOutcome{CreateAnswer::created, look_at(job), {}};
}

Answer FakeService::list(const std::string& page) const {
  if (refuses_everything_) return *refuses_everything_;
  const std::uint64_t below = page.empty() ? jobs_.size() + 1 : std::stoull(page);
  JobPage found;
  for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) {
    if (job->serial >= below || job->deleted || job->created_at + job->plan.listed > now()) continue;
    if (found.jobs.size() == options_.list_page) {
      found.next_page = std::to_string(job->serial + 1);
      break;
    }
    found.jobs.push_back(look_at(*job));
  }
  return found;
}

Answer FakeService::get(const std::string& name) const {
  if (refuses_everything_) return *refuses_everything_;
  const FakeJob* job = known_job(name);
  return job == nullptr ? Answer{not_found(name)} : Answer{look_at(*job)};
}

Answer FakeService::cancel(const std::string& name) {
  if (refuses_everything_) return *refuses_everything_;
  FakeJob* job = known_job(name);
  if (job == nullptr) return not_found(name);
  const View view = view_of(*job, now());
  if (!view.ended) {
    job->cancelled_at = now();
  } else if (view.state != JobState::cancelled) {
    return Failure{FailureKind::rejected, 400, "the job has ended (fake)", {}, {}, {}};
  }
  return Done{};
}

Answer FakeService::delete_job(const std::string& name) {
  if (refuses_everything_) return *refuses_everything_;
  FakeJob* job = known_job(name);
  if (job == nullptr) return not_found(name);
  job->deleted = true;
  return Done{};
}

/// A token for every four bytes of the request, rounded up.
Answer FakeService::count_tokens(const CountTokens& request) const {
  if (refuses_everything_) return *refuses_everything_;
  if (request.model.starts_with(options_.unknown_model)) return stopped_failure("model");
  return TokenCount{static_cast<std::int64_t>((request.request.size() + 3) / 4)};
}

Answer FakeService::fetch(const FetchOutput& request) const {
  if (refuses_everything_) return *refuses_everything_;
  const std::string prefix = "files/output-of-";
  const FakeJob* job = nullptr;
  if (request.output.value.starts_with(prefix)) job = known_job(request.output.value.substr(prefix.size()));
  if (job == nullptr || !view_of(*job, now()).has_output) return not_found(request.output.value);
  std::string body = output_of(*job);
  if (cuts_) body.resize(body.size() / 2);
  std::ofstream file(request.path, std::ios::binary | std::ios::trunc);
  file << body;
  file.close();
  if (!file) return Failure{FailureKind::local, 0, "cannot write " + request.path, {}, {}, {}};
  return Fetched{body.size()};
}

// ---- what is known ------------------------------------------------------------------------------------------------

bool FakeService::is_bad_input(const std::string& body, std::string& words) const {
  std::int64_t number = 0;
  for (const std::string& line : lines_of(body)) {
    ++number;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("request")) continue;
    words += (words.empty() ? "" : "\n") + ("Error on line " + std::to_string(number)) + ": invalid JSON (fake)";
  }
  if (number == 0) words = "the file holds no requests (fake)";
  return !words.empty();
}

bool FakeService::is_over_cap(const FakeJob& job) const {
  std::int64_t tokens = job.tokens;
  int active = 0;
  for (const FakeJob& other : jobs_) {
    if (!is_active(other, now())) continue;
    ++active;
    if (other.model == job.model) tokens += other.tokens;
  }
  return (options_.max_jobs && active >= *options_.max_jobs) ||
         (options_.enqueued_tokens && tokens > *options_.enqueued_tokens);
}

Duration FakeService::latency_of(Call call) const {
  switch (call) {
    case Call::upload:
      return options_.upload;
    case Call::find_file:
      return options_.find_file;
    case Call::delete_file:
      return options_.delete_file;
    case Call::create:
      return options_.create;
    case Call::list:
    case Call::list_files:
      return options_.list;
    case Call::get:
      return options_.get;
    case Call::cancel:
      return options_.cancel;
    case Call::delete_job:
      return options_.delete_job;
    case Call::count_tokens:
      return options_.count_tokens;
    case Call::fetch:
      return options_.fetch;
  }
  return {};
}

const FakeFile* FakeService::live_file(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() || found->second.expires_at <= now() ? nullptr : &found->second;
}

FakeJob* FakeService::known_job(const std::string& name) {
  const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&name](const FakeJob& job) { return job.name == name && !job.deleted; });
  return found == jobs_.end() ? nullptr : &*found;
}

const FakeJob* FakeService::known_job(const std::string& name) const {
  const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&name](const FakeJob& job) { return job.name == name && !job.deleted; });
  return found == jobs_.end() ? nullptr : &*found;
}

FileFacts FakeService::facts_of(const FakeFile& file) const {
  FileFacts facts;
  facts.name = RemoteFileName{file.name};
  facts.display_name = file.display_name;
  facts.uri = "https://fake.invalid/v1beta/" + file.name;
  facts.mime = options_.mime;
  facts.bytes = file.body->size();
  facts.sha256 = file.sha256;
  facts.expires_at = file.expires_at;
  return facts;
}

Observation FakeService::look_at(const FakeJob& job) const {
  const View view = view_of(job, now());
  Observation seen;
  seen.name = JobName{job.name};
  seen.display_name = job.display_name;
  seen.input = RemoteFileName{job.input};
  seen.model = job.model;
  seen.state = view.state;
  seen.state_word = word_of(view.state);
  seen.ended = view.ended.has_value();
  if (view.has_output) seen.output = OutputRef{"files/output-of-" + job.name};
  if (seen.ended && view.state != JobState::succeeded) {
    seen.error = job.plan.error.empty() ? "the job ended badly (fake)" : job.plan.error;
  }
  seen.stats.requests = job.lines;
  seen.stats.pending = seen.ended ? job.lines - view.lines : job.lines;
  seen.stats.succeeded = view.lines;
  seen.stats.failed = 0;
  seen.created_at = job.created_at;
  seen.ended_at = view.ended;
  return seen;
}

std::string FakeService::output_of(const FakeJob& job) const {
  std::string output;
  std::int64_t left = view_of(job, now()).lines;
  for (const std::string& line : lines_of(*job.body)) {
    if (left-- <= 0) break;
    const auto json = nlohmann::json::parse(line);
    const std::string key = json.value("key", "");
    const std::string question = question_of(json);
    const auto result =
        options_.result ? options_.result(job, key, question) : std::optional<std::string>(answer_line(key, question));
    if (result) output += *result + "\n";
  }
  return output;
}

void FakeService::set_clock(Duration by) {
  clock_.set_wall(clock_.now() + by);
  for (Event& event : events_) event.at += by;
  for (auto& [from, to] : outages_) {
    from += by;
    to += by;
  }
  for (auto& [_, file] : files_) {
    file.created_at += by;
    file.expires_at += by;
  }
  for (FakeJob& job : jobs_) {
    job.created_at += by;
    if (job.cancelled_at) *job.cancelled_at += by;
  }
}

void FakeService::forget_file(const std::string& name) { files_.erase(full_name(name)); }

void FakeService::forget_job(const std::string& name) {
  if (FakeJob* job = known_job(name)) job->deleted = true;
}

std::string FakeService::add_job(const std::string& model, const std::string& display_name, const std::string& input,
                                 std::int64_t tokens) {
  FakeJob job;
  job.serial = jobs_.size() + 1;
  job.name = "batches/fake-" + std::to_string(job.serial);
  job.model = model;
  job.display_name = display_name;
  job.input = input.empty() ? input : full_name(input);
  const FakeFile* file = input.empty() ? nullptr : live_file(job.input);
  job.body = file == nullptr ? std::make_shared<const std::string>() : file->body;
  job.lines = static_cast<std::int64_t>(lines_of(*job.body).size());
  job.tokens = tokens;
  job.created_at = clock_.now();
  job.plan = options_.plan ? options_.plan(job) : options_.job;
  jobs_.push_back(job);
  return job.name;
}

std::uint64_t FakeService::count(Call call) const {
  return static_cast<std::uint64_t>(
      std::count_if(seen_.begin(), seen_.end(), [call](const Seen& seen) { return seen.call == call; }));
}

int FakeService::most_jobs_of_a_display_name() const {
  int most = 0;
  for (const auto& [_, jobs] : by_display_name_) most = std::max(most, jobs);
  return most;
}

int FakeService::active_jobs() const {
  return static_cast<int>(
      std::count_if(jobs_.begin(), jobs_.end(), [this](const FakeJob& job) { return is_active(job, now()); }));
}

std::int64_t FakeService::active_tokens(const std::string& model) const {
  std::int64_t tokens = 0;
  for (const FakeJob& job : jobs_) tokens += job.model == model && is_active(job, now()) ? job.tokens : 0;
  return tokens;
}

}  // namespace batchctl::fakes
