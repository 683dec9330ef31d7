#include "app/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/quota_view.hpp"
#include "base/text.hpp"
#include "plan/forecast.hpp"
#include "plan/polling.hpp"

namespace batchctl::app {

namespace {

plan::Pause pilot_pause(Context& context, const Run& run, const plan::RunFacts& facts) {
  const Chunk pilot = context.store.chunk_at(run.key, 0).value();
  const std::optional<Job> job = context.store.newest_job(pilot.key);
  const bool rests = plan::only_release_helps(facts);
  const bool is_one = facts.behind_pilot == 1;
  plan::Pause pause;
  pause.reason = "PILOT";
  pause.kind = PauseKind::pilot;
  pause.message = fmt::format(
      "{} went ahead as the pilot (chunk 0{}); {} {} until you let {} go. Look at the pilot's answers first: "
      "{}batchctl download {} --partial",
      spell_count(static_cast<std::uint64_t>(pilot.records), "record"),
      rests ? ", which has ended" : ", which has not ended yet",
      spell_count(static_cast<std::uint64_t>(facts.behind_pilot), "chunk"), is_one ? "waits" : "wait",
      is_one ? "it" : "them", rests ? "" : fmt::format("batchctl resume {}, then ", run.name), run.name);
  pause.since = job ? job->intent_at : run.created_at;
  return pause;
}

/// The pause as `schedule` would find it: judged for the chunk that comes next.
std::optional<plan::Pause> pause_now(Context& context, const Run& run) {
  if (run.stop && run.stop->reason == "zero_quota")
    return plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::zero, std::nullopt,
                       run.stop->message,    run.stop->at,    std::nullopt};
  if (run.stop && run.stop->reason == "cost_limit")
    return plan::Pause{"COST_LIMIT", PauseKind::cost, std::nullopt, run.stop->message, run.stop->at, std::nullopt};
  if (run.stop) return std::nullopt;
  const auto first_in = [&](ChunkState state) {
    return run.awaits_release() ? context.store.pilot_chunks_in(run.key, state, std::nullopt, 1)
                                : context.store.chunks_in(run.key, state, std::nullopt, 1);
  };
  std::vector<Chunk> next = first_in(ChunkState::uploaded);
  if (next.empty()) next = first_in(ChunkState::planned);
  if (next.empty()) next = first_in(ChunkState::uploading);
  if (next.empty()) return std::nullopt;
  const Run judged = with_model(run, next.front().overrides.model);
  const Instant now = context.clock.now();
  plan::QuotaView quota = read_quota(context, judged, now);
  quota.stored = context.store.stored_files(run.project, now);
  const plan::Limits limits = limits_of(context, judged);
  plan::Admission admission;
  if (next.front().state != ChunkState::uploaded) admission = plan::admit_upload(quota, next.front().body_bytes, now);
  if (admission.admitted()) admission = plan::admit(quota, limits, next.front().tokens, now);
  std::optional<plan::Pause> pause = plan::pause_behind(admission, quota, limits);
  // The gate may open before the chunk itself is due again.
  const std::vector<Chunk> ready = context.store.chunks_in(run.key, next.front().state, now, 1);
  if (pause && pause->resume_at && ready.empty())
    if (const std::optional<Instant> due = context.store.next_ready(run.key, next.front().state, now))
      pause->resume_at = std::max(*pause->resume_at, *due);
  return pause;
}

/// Chunks that no job was made for yet.
std::int64_t without_job(const ChunkTally& tally) {
  using enum ChunkState;
  std::int64_t n = 0;
  for (const ChunkState state : {planned, uploading, uploaded}) n += tally[static_cast<std::size_t>(state)];
  return n;
}

/// When the last job should end. Also notes what may be enqueued.
void look_ahead(Context& context, RunReport& report) {
  constexpr int kLives = 64;  // the newest jobs are like the next ones
  Store& store = context.store;
  const Run& run = report.run;
  const Instant now = context.clock.now();
  const plan::QuotaView quota = read_quota(context, run, now);
  const plan::Limits limits = limits_of(context, run);
  report.token_limit = plan::token_limit(quota.model, limits);

  plan::RestFacts rest;
  rest.unsent = without_job(report.chunks);
  std::optional<Instant> youngest;
  for (const HeldJob& held : store.live_jobs(run.project)) {
    youngest = std::max(youngest.value_or(held.job.intent_at), held.job.intent_at);
    if (held.run == run.key) rest.live_since.push_back(held.job.intent_at);
  }
  using enum ChunkState;
  const auto earlier = [&](std::optional<Instant> at, const char* what) {
    if (at && *at > now && (!report.next_event || *at < report.next_event->at))
      report.next_event = NextEvent{*at, what};
  };
  if (report.pause) earlier(report.pause->resume_at, "creating is tried again");
  earlier(store.next_ready(run.key, reconciling, now), "an unclear create is looked up");
  earlier(store.next_ready(run.key, fetching, now), "a download is tried again");
  earlier(store.next_ready(run.key, uploading, now), "an upload is tried again");
  if (youngest && run.driver && quota.project.polled_at)
    earlier(*quota.project.polled_at + plan::poll_interval(rest.unsent > 0, now - *youngest), "a look at the jobs");
  if (rest.live_since.empty() && rest.unsent == 0) return;

  std::vector<Duration> lives;
  for (const FinishedJob& job : store.finished_jobs(run.settings.model, kLives)) lives.push_back(job.life);
  rest.job_life = plan::median_life(std::move(lives));
  rest.at_once = plan::job_limit(quota, limits);
  if (rest.unsent > 0 && report.token_limit) {
    const std::int64_t each = std::max<std::int64_t>(store.unsent(run.key).tokens / rest.unsent, 1);
    rest.at_once = std::min(rest.at_once, *report.token_limit / each);
  }
  if (report.pause) rest.opens = report.pause->resume_at;
  // Without a word when: what holds the quota has to end first.
  if (report.pause && !rest.opens) rest.at_once = static_cast<std::int64_t>(rest.live_since.size());
  report.eta = plan::end_of(rest, now);
}

std::string next_step(const RunReport& report, bool is_copy) {
  const std::string& name = report.run.name;
  const bool is_stale = report.run.stop && report.run.stop->reason == "copied_database";
  if ((is_copy || is_stale) && plan::exit_of(report.state) != ExitCode::done &&
      plan::exit_of(report.state) != ExitCode::incomplete)
    return "batchctl resume --take-over " + name;
  if (report.run.stop && report.run.stop->reason == "cost_limit" && report.cost.committed && report.cost.unsent)
    return fmt::format("batchctl resume {} --max-cost {:.2f}", name,
                       plan::to_cents_above(*report.cost.committed + *report.cost.unsent));
  if (report.pause && report.pause->kind == PauseKind::pilot) return fmt::format("batchctl resume {} --release", name);
  switch (report.state) {
    case RunState::submitting:
    case RunState::paused:
    case RunState::waiting:
    case RunState::fetching:
    case RunState::needs_attention:
      return "batchctl resume " + name;
    case RunState::complete:
    case RunState::complete_with_failures:
    case RunState::cancelled:
      return report.purged_at ? "" : "batchctl download " + name;
  }
  return {};
}

}  // namespace

RunReport report_run(Context& context, RunKey key, std::optional<ChunkRange> list, WithHistory with_history) {
  RunReport report;
  context.store.read([&] {
    Store& store = context.store;
    report.run = store.run(key);
    report.inputs = store.inputs(key);
    report.chunks = store.chunk_tally(key);
    report.jobs = store.job_tally(key);
    report.records = store.record_tally(key);
    report.unsent = store.unsent_tally(key);
    report.usage = store.usage(key);
    report.cost = cost_of(context, report.run, report.usage,
                          report.records.total - report.unsent.skipped - report.unsent.repeated);
    report.purged_at = store.purged_at(key);

    plan::RunFacts facts;
    facts.chunks = report.chunks;
    facts.records_failed = report.records.failed;
    if (report.records.failed > 0 && !report.run.cancel_requested_at) {
      const RepairTally repair = store.repair_tally(key, report.run.options.retry_attempts);
      facts.repairs_due = repair.passing;
      report.in_repair = repair.passing + repair.claimed;
    }
    facts.cancel_requested = report.run.cancel_requested_at.has_value();
    if (report.run.awaits_release()) facts.behind_pilot = store.chunks_behind_pilot(key);
    facts.stopped = report.run.stop.has_value();
    report.pause = !facts.stopped && report.run.scanned && plan::awaits_release(facts)
                       ? pilot_pause(context, report.run, facts)
                       : pause_now(context, report.run);
    facts.paused = report.pause.has_value();
    report.state = report.run.scanned ? plan::run_state(facts) : RunState::submitting;
    if (report.run.stop && report.state != RunState::cancelled) report.state = RunState::needs_attention;

    if (report.run.scanned && report.state != RunState::needs_attention) look_ahead(context, report);

    if (list)
      for (Chunk& chunk : store.chunks(key, list->from, list->to)) {
        ChunkReport entry;
        entry.file = store.newest_file(chunk.key);
        entry.job = store.newest_job(chunk.key);
        entry.chunk = std::move(chunk);
        report.chunk_list.push_back(std::move(entry));
      }
    if (with_history == WithHistory::yes) report.history = history_of(context, report.run);
  });
  report.next = next_step(report, context.store.copied_from().has_value());
  return report;
}

ExitCode exit_of(const RunReport& report) {
  if (report.run.stop && report.run.stop->reason == "input_changed") return ExitCode::mismatch;
  return plan::exit_of(report.state);
}

}  // namespace batchctl::app
