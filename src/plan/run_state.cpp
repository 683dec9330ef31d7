#include "plan/run_state.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace batchctl::plan {

namespace {

std::int64_t chunks_in(const RunFacts& facts, ChunkState state) {
  return facts.chunks[static_cast<std::size_t>(state)];
}

std::string full_message(const Admission& admission, const QuotaView& quota, const Limits& limits) {
  if (admission.gate == Gate::jobs) {
    if (quota.project.others_jobs > 0)
      return fmt::format("{} jobs of ours and {} of others are active; at most {} are used", quota.held.jobs,
                         quota.project.others_jobs, job_limit(quota, limits) + quota.project.others_jobs);
    return fmt::format("{} of {} job slots are held", quota.held.jobs, job_limit(quota, limits));
  }
  return fmt::format("{} of {} enqueued tokens are held by jobs that have not ended", quota.held.tokens,
                     token_limit(quota.model, limits).value_or(0));
}

}  // namespace

std::optional<Pause> pause_behind(const Admission& admission, const QuotaView& quota, const Limits& limits) {
  Pause pause;
  pause.resume_at = admission.opens;
  if (quota.project.group_until) pause.since = *quota.project.group_until - limits.group_delay;
  switch (admission.gate) {
    case Gate::open:
    case Gate::in_flight:
    case Gate::group:
      return std::nullopt;
    case Gate::share:
      pause.reason = "QUOTA_FULL";
      pause.kind = limits.tokens || quota.model.learned_tokens ? PauseKind::stock : PauseKind::jobs;
      pause.message = fmt::format("this run holds its share ({} jobs); other runs of the project wait for theirs",
                                  quota.share.jobs);
      return pause;
    case Gate::storage:
      pause.reason = "QUOTA_FULL";
      pause.kind = PauseKind::storage;
      pause.message = fmt::format(
          "{} of our files are at the service, and at most {} of the project's 20 GB are used; they are deleted as "
          "their "
          "jobs end",
          spell_size(quota.stored.bytes), spell_size(kStorageBudget));
      return pause;
    case Gate::flow:
      pause.reason = "QUOTA_FULL";
      pause.kind = PauseKind::minute;
      pause.message = fmt::format("the service seems to accept {} creates in {}; the next one waits for its turn",
                                  admission.flow->creations, spell_duration(admission.flow->made));
      return pause;
    case Gate::jobs:
    case Gate::tokens:
      if (!admission.learned || admission.breaker == nullptr) {
        pause.reason = "QUOTA_FULL";
        pause.kind = admission.gate == Gate::jobs ? PauseKind::jobs : PauseKind::stock;
        pause.message = full_message(admission, quota, limits);
        return pause;
      }
      break;
    case Gate::breaker:
      break;
  }
  pause.reason = admission.breaker->kind == PauseKind::outage ? "OUTAGE" : "RESOURCE_EXHAUSTED";
  pause.kind = admission.breaker->kind;
  pause.quota_id = admission.breaker->quota_id;
  pause.message = admission.breaker->message;
  pause.since = admission.breaker->since;
  return pause;
}

std::int64_t chunks_left(const RunFacts& facts) {
  using enum ChunkState;
  return chunks_in(facts, planned) + chunks_in(facts, uploading) + chunks_in(facts, uploaded) +
         chunks_in(facts, creating) + chunks_in(facts, reconciling);
}

bool all_rest(const RunFacts& facts) {
  for (std::size_t i = 0; i < kChunkStates; ++i)
    if (facts.chunks[i] > 0 && !is_resting(static_cast<ChunkState>(i))) return false;
  return true;
}

bool is_over(const RunFacts& facts) { return all_rest(facts) && (facts.cancel_requested || facts.repairs_due == 0); }

bool awaits_release(const RunFacts& facts) {
  return facts.behind_pilot > 0 && !facts.cancel_requested && chunks_left(facts) == facts.behind_pilot;
}

bool only_release_helps(const RunFacts& facts) {
  std::int64_t unfinished = 0;
  for (std::size_t i = 0; i < kChunkStates; ++i)
    if (!is_resting(static_cast<ChunkState>(i))) unfinished += facts.chunks[i];
  return awaits_release(facts) && unfinished == facts.behind_pilot;
}

RunState run_state(const RunFacts& facts) {
  if (facts.cancel_requested && all_rest(facts)) return RunState::cancelled;
  if (facts.stopped || awaits_release(facts)) return RunState::needs_attention;
  if (is_over(facts)) return facts.records_failed > 0 ? RunState::complete_with_failures : RunState::complete;
  if (all_rest(facts) || chunks_left(facts) > 0) return facts.paused ? RunState::paused : RunState::submitting;
  return chunks_in(facts, ChunkState::fetching) > 0 ? RunState::fetching : RunState::waiting;
}

ExitCode exit_of(RunState state) {
  switch (state) {
    case RunState::submitting:
    case RunState::paused:
    case RunState::waiting:
    case RunState::fetching:
      return ExitCode::not_finished;
    case RunState::complete:
      return ExitCode::done;
    case RunState::complete_with_failures:
    case RunState::cancelled:
      return ExitCode::incomplete;
    case RunState::needs_attention:
      return ExitCode::attention;
  }
  return ExitCode::failed;
}

}  // namespace batchctl::plan
