// Creating a job: the intent first, then one request on a fresh connection, then the answer's meaning by the table.
#include <fmt/format.h>

#include <utility>

#include "app/driver.hpp"
#include "base/crash_point.hpp"
#include "core/create_answer.hpp"
#include "plan/backoff.hpp"
#include "plan/ending.hpp"

namespace batchctl::app {

namespace {

constexpr int kRejectedInARow = 2;                 // then a person looks before more is sent
constexpr Duration kParanoidWindow = minutes{15};  // on the run's clock; instead of S + D + G

int next_attempt(const std::optional<Job>& newest) {
  if (!newest) return 1;
  return newest->name ? newest->attempt + 1 : newest->attempt;  // without a name nothing was made by it
}

/// Refused although nothing else of the model is in flight, by what may be a limit of tokens.
bool is_too_much_alone(const plan::QuotaView& view, const Refusal& refusal) {
  const bool may_be_tokens = refusal.kind == PauseKind::stock || refusal.kind == PauseKind::unknown;
  return may_be_tokens && view.held.tokens == 0;
}

}  // namespace

void Driver::begin_create(ChunkKey key, bool probe, Instant) {
  // Taken before the intent is stored: the request is written within S of it, or never.
  const auto begun = context_.clock.boot_now();
  const auto send_before = begun + context_.timing.send;
  const Chunk chunk = chunk_now(key);
  CreateJob request;
  JobKey job;
  bool admitted = false;
  commit([&] {
    if (context_.store.cancel_requested_at(run_.key)) return;  // the next turn obeys
    // Other drivers share the quota: decided again where nobody can come between.
    const Instant now = context_.clock.now();
    plan::QuotaView view = quota_view(now);
    const plan::Admission admission = plan::admit(view, limits_, chunk.tokens, now);
    if (!admission.admitted()) return;
    probe = admission.probe;
    const RemoteFile file = context_.store.newest_file(key).value();
    NewIntent intent;
    intent.chunk = key;
    intent.attempt = next_attempt(context_.store.newest_job(key));
    intent.model = run_.settings.model;
    intent.display_name = job_display_name(run_.id, chunk.index, intent.attempt, chunk.body_sha256);
    intent.file = file.key;
    intent.tokens = chunk.tokens;
    intent.intent_at = now;
    intent.epoch = run_.epoch;
    plan::note_intent(view, limits_, probe, now);
    save(view);
    job = context_.store.add_intent(intent);
    ++sweep_.creates;
    sweep_.due_at_end = true;
    move(chunk, ChunkEvent::intent_stored, {.why = intent.display_name, .job = job, .fails = chunk.fails});
    request = {intent.model, intent.display_name, file.name, file.bytes, send_before};
    admitted = true;
  });
  if (!admitted) return;
  crash_point(CrashPoint::intent_stored);
  create_under_way_ = true;
  send(key, std::move(request), [this, key, job, probe, begun](const Answer& answer) {
    create_under_way_ = false;
    on_created(key, job, probe, begun, std::get<CreateOutcome>(answer));
  });
}

void Driver::on_created(ChunkKey key, JobKey job, bool probe, std::chrono::nanoseconds begun,
                        const CreateOutcome& outcome) {
  crash_point(CrashPoint::create_answered);
  if (outcome.answer != CreateAnswer::not_sent) met_service();
  const Chunk chunk = chunk_now(key);
  const Instant now = context_.clock.now();
  const Failure& failure = outcome.failure;
  const CreateAnswerRow& row = row_of(outcome.answer);
  if (row.answer == CreateAnswer::rejected || row.answer == CreateAnswer::created) {
    rejected_in_a_row_ = row.answer == CreateAnswer::rejected ? rejected_in_a_row_ + 1 : 0;
  }
  const bool spent = row.answer == CreateAnswer::lost_file &&
                     context_.store.count_events(key, ChunkEvent::create_lost_file) + 1 >= plan::kMaxGenerations;
  if (spent || row.answer == CreateAnswer::rejected) return reject(chunk, job, failure);

  commit([&] {
    switch (row.answer) {
      case CreateAnswer::created: {
        context_.store.name_job(job, outcome.job->name, JobOrigin::created);
        context_.store.observe(job, *outcome.job, now);
        move(chunk, row.event, {.why = outcome.job->name.value, .job = job});
        plan::QuotaView view = quota_view(now);
        plan::note_answer(view, limits_, now);
        plan::note_success(view, limits_, probe, now);
        save(view);
        break;
      }
      case CreateAnswer::refused: {
        move(chunk, row.event, {.why = failure.message, .job = job, .error = failure.message});
        plan::QuotaView view = quota_view(now);
        Refusal refusal = failure.refusal.value_or(Refusal{PauseKind::unknown, {}, failure.message, {}});
        if (refusal.kind == PauseKind::storage) refusal.kind = PauseKind::unknown;  // a create stores no file
        plan::note_answer(view, limits_, now);
        plan::note_refusal(view, limits_, refusal, chunk.tokens, probe, now, context_.random);
        if (is_too_much_alone(view, refusal)) context_.store.count_refused_alone(key);
        save(view);
        if (refusal.kind == PauseKind::zero) stop_for("zero_quota", failure.message);
        break;
      }
      case CreateAnswer::unclear: {
        // Not the stored time: the clock may have been set while the create was under way.
        const Instant intent_at = now - time_since(context_, begun);
        move(chunk, row.event,
             {.why = failure.message,
              .job = job,
              .not_before = intent_at + window_of(chunk.body_bytes),
              .error = "no clear answer to the create; it is being found out: " + failure.message});
        if (failure.http_status >= 500) met_outage(failure);
        break;
      }
      case CreateAnswer::not_sent:
        met_outage(failure);
        move(chunk, row.event,
             {.why = failure.message,
              .job = job,
              .not_before = now + plan::backoff(chunk.fails, seconds{5}, minutes{5}, context_.random),
              .fails = chunk.fails + 1,
              .error = failure.message});
        break;
      case CreateAnswer::stopped:
        stop_for(failure.reason, failure.message);
        move(chunk, row.event, {.why = failure.message, .job = job, .error = failure.message});
        break;
      case CreateAnswer::lost_file:
        context_.store.set_file_state(context_.store.newest_file(key).value().key, FileState::gone);
        move(chunk, row.event, {.why = failure.message, .job = job, .error = failure.message});
        break;
      case CreateAnswer::rejected:
        break;
    }
  });
  crash_point(CrashPoint::create_recorded);
  if (row.answer == CreateAnswer::refused) halve_what_never_fits(key);
  if (row.answer == CreateAnswer::unclear)
    context_.observer.says(run_,
                           fmt::format("chunk {}: no clear answer to the create ({}); it is looked up before anything "
                                       "is sent again",
                                       chunk.index, failure.message));
}

void Driver::reject(const Chunk& chunk, JobKey job, const Failure& failure) {
  commit([&] {
    const std::optional<std::int64_t> code =
        failure.http_status != 0 ? std::optional<std::int64_t>(failure.http_status) : std::nullopt;
    context_.store.store_no_result(run_.key, chunk.key, {}, RecordStatus::error, code, failure.message);
    move(chunk, ChunkEvent::create_rejected, {.why = failure.message, .job = job, .error = failure.message});
    stop_if_all_are_rejected(failure.message);
  });
}

void Driver::stop_if_all_are_rejected(const std::string& message) {
  if (rejected_in_a_row_ < kRejectedInARow) return;
  rejected_in_a_row_ = 0;
  stop_for("rejected", message);
}

/// How long after its intent the list can tell what became of a create from so large a file.
Duration Driver::window_of(std::uint64_t body_bytes) const {
  const Duration window = settle_window(context_, body_bytes);
  return run_.options.paranoid ? std::max(window, kParanoidWindow) : window;
}

/// The process that stored this intent is gone: the create may have taken effect, or still may.
void Driver::doubt(ChunkKey key) {
  const Chunk chunk = chunk_now(key);
  const Job job = context_.store.newest_job(key).value();
  const Instant intent_at = std::min(job.intent_at, context_.clock.now());
  commit([&] {
    move(chunk, ChunkEvent::create_unclear,
         {.why = "the process that sent the create is gone",
          .job = job.key,
          .not_before = intent_at + window_of(chunk.body_bytes),
          .error = "a create was begun and its answer was not stored; it is being found out"});
  });
  crash_point(CrashPoint::create_doubted);
}

}  // namespace batchctl::app
