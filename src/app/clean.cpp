#include "app/clean.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "app/runs.hpp"
#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "plan/cleanup.hpp"
#include "plan/run_state.hpp"

namespace batchctl::app {

namespace {

constexpr std::size_t kAtOnce = 4;
constexpr std::size_t kNamed = 5;  // jobs in a message
constexpr Duration kLook = seconds{60};

Fatal left_cleaning(const Context& context, const Run& run) {
  return interruption(context, "interrupted; what was deleted so far is recorded", "batchctl clean " + run.name);
}

/// Why nothing may be removed yet; nullopt: the run rests.
std::optional<std::string> under_way(Context& context, const Run& run) {
  std::vector<std::string> live;
  for (const HeldJob& held : context.store.live_jobs(run.project))
    if (held.run == run.key) live.push_back(held.job.name->value);
  if (!live.empty()) {
    std::string names;
    for (std::size_t i = 0; i < std::min(live.size(), kNamed); ++i) names += (i == 0 ? "" : ", ") + live[i];
    if (live.size() > kNamed) names += fmt::format(" and {} more", live.size() - kNamed);
    return fmt::format("{} of run {} {} not ended ({})", spell_count(live.size(), "job"), run.name,
                       live.size() == 1 ? "has" : "have", names);
  }
  const ChunkTally tally = context.store.active_tally(run.key);
  if (run.scanned && plan::all_rest({.chunks = tally})) return std::nullopt;
  if (tally[static_cast<std::size_t>(ChunkState::fetching)] > 0)
    return fmt::format("results of run {} are not stored here yet", run.name);
  return fmt::format("run {} is not finished", run.name);
}

plan::Answers answers_of(const Context& context, const Run& run, const RemoteJob& left, bool is_purged) {
  if (!left.raw_path) return plan::Answers::none_stored;
  if (is_purged) return plan::Answers::purged;
  const std::string path = raw_directory(context, run.id) + "/" + *left.raw_path;
  const bool is_whole = context.files.exists(path) && context.files.size(path) == left.raw_bytes;
  return is_whole ? plan::Answers::here : plan::Answers::lost;
}

/// Empty while something is under way: then nothing may go.
CleanPlan plan_cleaning(Context& context, const Run& run, std::optional<std::string>& not_yet) {
  CleanPlan plan;
  std::vector<LeftFile> files;
  std::vector<RemoteJob> jobs;
  context.store.read([&] {
    plan.run = context.store.run(run.key);
    not_yet = under_way(context, plan.run);
    plan.is_purged = context.store.purged_at(run.key).has_value();
    if (not_yet) return;
    files = context.store.files_left(run.key, context.clock.now());
    jobs = context.store.jobs_left(run.key);
  });
  for (const LeftFile& left : files)
    plan.objects.push_back({.kind = RemoteObject::Kind::file,
                            .name = left.file.name.value,
                            .chunk_index = left.chunk_index,
                            .chunk = left.file.chunk,
                            .file = left.file.key,
                            .job = {}});
  plan.files = static_cast<std::int64_t>(plan.objects.size());
  for (const RemoteJob& left : jobs) {
    const plan::Verdict verdict = plan::judge_removal(left.job, answers_of(context, plan.run, left, plan.is_purged));
    if (verdict.removal == plan::Removal::keep)
      plan.kept.push_back({left.job.name->value, left.chunk_index, verdict.why});
    else
      plan.objects.push_back({.kind = RemoteObject::Kind::job,
                              .name = left.job.name->value,
                              .chunk_index = left.chunk_index,
                              .chunk = left.job.chunk,
                              .file = {},
                              .job = left.job.key,
                              .look_first = verdict.removal == plan::Removal::look});
  }
  plan.jobs = static_cast<std::int64_t>(plan.objects.size()) - plan.files;
  return plan;
}

/// Deletes what is planned, a few at a time, and records each answer in a transaction of its own.
class Remover {
 public:
  Remover(Context& context, Cleaned& cleaned) : context_(context), cleaned_(cleaned) {}

  void run() {
    const std::vector<RemoteObject>& objects = cleaned_.plan.objects;
    for (std::size_t next = 0;;) {
      if (is_interrupted(context_)) {
        context_.service->abandon();
        throw left_cleaning(context_, cleaned_.plan.run);
      }
      while (!gives_up_ && next < objects.size() && asked_.size() < kAtOnce) ask(objects[next++]);
      if (asked_.empty()) {
        cleaned_.failed += static_cast<std::int64_t>(objects.size() - next);
        return;
      }
      for (const Completion& completion : context_.service->wait(context_.clock.now() + kLook)) {
        const auto found = asked_.find(completion.ticket);
        if (found == asked_.end()) continue;
        const RemoteObject* object = found->second;
        asked_.erase(found);
        take(*object, completion.answer);
      }
    }
  }

 private:
  void ask(const RemoteObject& object) {
    const Ticket ticket = context_.next_ticket++;
    asked_.emplace(ticket, &object);
    if (object.kind == RemoteObject::Kind::file)
      context_.service->start(ticket, DeleteFile{RemoteFileName{object.name}});
    else if (object.look_first)
      context_.service->start(ticket, GetJob{JobName{object.name}});
    else
      context_.service->start(ticket, DeleteJob{JobName{object.name}});
  }

  void take(const RemoteObject& object, const Answer& answer) {
    if (std::holds_alternative<Observation>(answer)) {
      cleaned_.plan.kept.push_back({object.name, object.chunk_index, "it is there, and was never seen to end"});
      return;
    }
    const auto* failure = std::get_if<Failure>(&answer);
    const bool is_absent = failure != nullptr && failure->kind == FailureKind::not_found;
    if (failure == nullptr || is_absent) return record(object, is_absent);
    ++cleaned_.failed;
    if (!cleaned_.failure) cleaned_.failure = *failure;
    // The next ones would fare no better; a server's hiccup and a refusal are about this one alone.
    gives_up_ = gives_up_ || (failure->kind != FailureKind::server && failure->kind != FailureKind::rejected);
  }

  void record(const RemoteObject& object, bool is_absent) {
    const bool is_file = object.kind == RemoteObject::Kind::file;
    if (is_file) crash_point(CrashPoint::file_deleted);
    const Instant now = context_.clock.now();
    context_.store.write([&] {
      if (is_file)
        context_.store.set_file_state(object.file, FileState::deleted);
      else
        context_.store.job_is_deleted(object.job, now);
      context_.store.note(cleaned_.plan.run.key, object.chunk, now, is_file ? "file_deleted" : "job_deleted",
                          object.name + (is_absent ? " was not there any more" : " was deleted at the service"));
    });
    ++(is_file ? cleaned_.files : cleaned_.jobs);
  }

  Context& context_;
  Cleaned& cleaned_;
  std::unordered_map<Ticket, const RemoteObject*> asked_;
  bool gives_up_ = false;
};

[[noreturn]] void refuse(const Run& run, const std::string& not_yet) {
  throw Fatal(ExitCode::not_finished, "not_at_rest", not_yet + ", so nothing was removed",
              fmt::format("batchctl resume {0} --wait, or batchctl cancel {0}; then clean", run.name));
}

}  // namespace

Cleaned clean(Context& context, const CleanRequest& request) {
  if (!request.dry_run) must_be_original(context);
  const Run run = one_run(context, request.run_name);
  std::unique_ptr<FileLock> lock;
  if (!request.dry_run) lock = lock_run(context, run);
  Cleaned cleaned;
  std::optional<std::string> not_yet;
  cleaned.plan = plan_cleaning(context, run, not_yet);
  if (not_yet) refuse(run, *not_yet);
  if (!request.dry_run && !cleaned.plan.objects.empty()) {
    if (request.agree && !request.agree(cleaned.plan)) {
      if (is_interrupted(context)) throw left_cleaning(context, run);
      throw Fatal(ExitCode::failed, "declined", "nothing was removed", "clean again; --yes asks nothing");
    }
    check_key(context, cleaned.plan.run);
    Remover(context, cleaned).run();
  }
  if (!request.dry_run && (cleaned.failed > 0 || !cleaned.plan.kept.empty())) cleaned.exit = ExitCode::not_finished;
  if (cleaned.failure && cleaned.failure->kind == FailureKind::stopped) cleaned.exit = ExitCode::attention;
  return cleaned;
}

void clean_up_after(Context& context, const Run& run, const Downloaded& downloaded) {
  const bool is_whole = downloaded.written && downloaded.exit != ExitCode::not_finished;
  if (run.options.remote_cleanup != "all" || !is_whole) return;
  std::optional<std::string> not_yet;
  Cleaned cleaned;
  cleaned.plan = plan_cleaning(context, run, not_yet);
  std::string why = not_yet.value_or("");
  if (!not_yet && cleaned.plan.objects.empty() && cleaned.plan.kept.empty()) return;
  try {
    std::unique_ptr<FileLock> lock;
    if (why.empty() && context.service == nullptr) why = "there is no key";
    if (why.empty()) {
      must_be_original(context);
      lock = lock_run(context, run);
      check_key(context, run);
      cleaned.plan = plan_cleaning(context, run, not_yet);  // before the lock it was another's to change
      why = not_yet.value_or("");
    }
    if (why.empty()) {
      Remover(context, cleaned).run();
      if (cleaned.failed > 0)
        why = cleaned.failure->message;
      else if (!cleaned.plan.kept.empty())
        why = fmt::format("{}: {}", cleaned.plan.kept.front().name, cleaned.plan.kept.front().why);
    }
  } catch (const Fatal& problem) {
    if (problem.code() == "interrupted") throw;
    why = problem.what();
  }
  if (why.empty()) return;
  const auto left = static_cast<std::uint64_t>(cleaned.failed) + cleaned.plan.kept.size();
  context.observer.says(
      run, fmt::format("{} left at the service: {}. To remove it later: batchctl clean {}",
                       left > 0 ? spell_count(left, "object") + " is" : "what is there is", why, run.name));
}

}  // namespace batchctl::app
