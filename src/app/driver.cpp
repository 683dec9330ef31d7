#include "app/driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/list_pass.hpp"
#include "app/quota_view.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "plan/backoff.hpp"
#include "plan/polling.hpp"

namespace batchctl::app {

namespace {

constexpr int kLook = 64;                      // ready chunks of one state that a turn looks at
constexpr Duration kCancelPoll = seconds{10};  // somebody waits to see them end

}  // namespace

Driver::Driver(Context& context, RunKey run, std::unique_ptr<FileLock> lock, Mandate mandate)
    : context_(context), lock_(std::move(lock)), mandate_(mandate) {
  std::int64_t epoch = 0;
  context_.store.write([&] {
    epoch = context_.store.begin_driving(run, {context_.pid, context_.host, context_.clock.now()});
    run_ = context_.store.run(run);
    inputs_ = context_.store.inputs(run);
  });
  crash_point(CrashPoint::driver_begun);
  run_.epoch = epoch;
  schema_ = compiled_schema(run_.settings.schema);
  limits_ = limits_of(context_, run_);
  last_progress_ = context_.clock.now();
  last_beat_ = last_progress_;
  begin_sweeping();
}

Driver::~Driver() {
  try {
    context_.store.write([&] { context_.store.end_driving(run_.key, run_.epoch); });
  } catch (const std::exception& problem) {
    log(LogLevel::warn, "the driver's mark stays: {}", problem.what());
  }
}

/// Which chunks wait is counted only where their number matters.
ChunkTally Driver::tally() {
  return run_.awaits_release() ? context_.store.chunk_tally(run_.key) : context_.store.active_tally(run_.key);
}

plan::RunFacts Driver::facts() {
  plan::RunFacts facts;
  facts.chunks = tally();
  facts.cancel_requested = run_.cancel_requested_at.has_value();
  if (run_.awaits_release()) facts.behind_pilot = context_.store.chunks_behind_pilot(run_.key);
  facts.stopped = run_.stop.has_value();
  facts.paused = pause().has_value();
  if (!plan::all_rest(facts)) return facts;
  facts.records_failed = context_.store.record_tally(run_.key).failed;
  if (facts.records_failed > 0)
    facts.repairs_due = context_.store.repair_tally(run_.key, run_.options.retry_attempts).passing;
  return facts;
}

std::optional<plan::Pause> Driver::pause() const {
  if (!plan_.admission) return std::nullopt;
  return plan::pause_behind(*plan_.admission, snapshot_.quota, snapshot_.limits);
}

plan::QuotaView Driver::quota_view(Instant now, const std::optional<std::string>& model) {
  return read_quota(context_, with_model(run_, model), now);
}

plan::Limits Driver::limits_for(const std::optional<std::string>& model) const {
  return model ? limits_of(context_, with_model(run_, model)) : limits_;
}

void Driver::save(const plan::QuotaView& view) {
  context_.store.save_quota(view.model);
  context_.store.save_quota(view.project);
  for (const Breaker& breaker : view.breakers) context_.store.save_breaker(breaker);
}

Chunk Driver::chunk_now(ChunkKey key) {
  std::optional<Chunk> chunk = context_.store.chunk(key);
  if (!chunk) throw Bug(fmt::format("chunk row {} is gone", key.value));
  return *std::move(chunk);
}

plan::Snapshot Driver::take_snapshot(Instant now) {
  Store& store = context_.store;
  plan::Snapshot s;
  cost_waits_ = cost_waits_ && is_bringing_home();
  s.may_upload = s.may_create = mandate_.spend && !run_.stop && !is_cancelling();
  s.may_create = s.may_create && !cost_waits_;
  s.leaves_when_paused = mandate_.leaves_when_paused;
  s.upload_ahead = run_.options.upload_ahead;
  s.fetches_under_way = fetches_;
  s.create_under_way = create_under_way_;
  s.list_under_way = pass_ != nullptr;
  s.look_now = mandate_.look_now;
  s.look_first = mandate_.spend && !sweep_.looked;
  s.holds_back = holds_back();
  if (list_not_before_) s.list_not_before = now + (*list_not_before_ - steady_now(context_));

  std::vector<ChunkKey> ended;
  store.read([&] {
    const int look = kLook + static_cast<int>(busy_chunks_.size());
    const auto not_busy = [&](std::vector<Chunk> chunks) {
      std::erase_if(chunks, [&](const Chunk& chunk) { return busy_chunks_.contains(chunk.key); });
      return chunks;
    };
    const auto idle = [&](ChunkState state, std::optional<Instant> ready_at) {
      return not_busy(store.chunks_in(run_.key, state, ready_at, look));
    };
    // Those that may be sent: before a person has seen the pilot's answers, only the pilot.
    const auto to_send = [&](ChunkState state) {
      return run_.awaits_release() ? not_busy(store.pilot_chunks_in(run_.key, state, now, look)) : idle(state, now);
    };
    const auto facts_of = [](const Chunk& chunk) {
      plan::ChunkFacts facts;
      facts.key = chunk.key;
      facts.tokens = chunk.tokens;
      facts.bytes = chunk.body_bytes;
      return facts;
    };
    using enum ChunkState;
    const ChunkTally tally = this->tally();
    const auto count = [&](ChunkState state) { return tally[static_cast<std::size_t>(state)]; };
    const bool all_rest = plan::all_rest({.chunks = tally});
    s.look_first = s.look_first && !all_rest && !run_.stop;
    s.full_pass_at = full_pass_at(now, all_rest);
    s.window_used = static_cast<int>(count(uploading) + count(uploaded) + count(creating));
    // A chunk whose answers another job has brought, or may be bringing, or that a job was seen of, creates none.
    const auto may_make_a_job = [&](const Chunk& chunk) {
      if (answered_.contains(chunk.key)) s.ended.push_back(facts_of(chunk));
      return !answered_.contains(chunk.key) && !doubtful_.contains(chunk.key) && !has_open_twin(chunk.key);
    };
    std::optional<std::string> planned_model, uploaded_model;  // of the first ones: they are judged next
    if (count(planned) > 0)
      for (const Chunk& chunk : to_send(planned)) {
        if (!may_make_a_job(chunk)) continue;
        if (s.planned.empty()) planned_model = chunk.overrides.model;
        s.planned.push_back(facts_of(chunk));
      }
    if (count(uploading) > 0 && s.may_upload && !s.holds_back)
      for (const Chunk& chunk : idle(uploading, now)) s.uploading.push_back(facts_of(chunk));
    bool has_usable = false;
    if (count(uploaded) > 0)
      for (const Chunk& chunk : to_send(uploaded)) {
        if (!may_make_a_job(chunk)) continue;
        plan::ChunkFacts facts = facts_of(chunk);
        if (const std::optional<RemoteFile> file = store.newest_file(chunk.key)) {
          facts.uploaded_at = file->uploaded_at;
          facts.expires_at = file->expires_at;
        }
        if (!has_usable && !plan::is_aged(facts, now)) {
          has_usable = true;
          uploaded_model = chunk.overrides.model;
        }
        s.uploaded.push_back(facts);
      }
    if (count(creating) > 0)
      for (const Chunk& chunk : idle(creating, std::nullopt)) s.creating.push_back(facts_of(chunk));
    if (count(reconciling) > 0)
      for (const Chunk& chunk : idle(reconciling, std::nullopt)) {
        plan::ChunkFacts facts = facts_of(chunk);
        facts.due = now + reconciling_wait(chunk, now);
        s.reconciling.push_back(facts);
      }
    if (count(fetching) > 0)
      for (const Chunk& chunk : idle(fetching, now)) s.fetching.push_back(facts_of(chunk));

    if (is_cancelling() && !run_.stop) {
      for (const ChunkState state : {planned, uploading, uploaded, submitted, cancelling}) {
        const bool has_job = state == submitted || state == cancelling;
        for (const Chunk& chunk : idle(state, std::nullopt))
          // Without a job here: only when it is known that there is none at the service either.
          if (has_job ? is_to_be_told(chunk.key, now) : !s.holds_back) s.to_cancel.push_back(facts_of(chunk));
      }
      for (const auto& [chunk, at] : cancel_again_at_)
        if (at > now && at != Instant::max() && (!s.next_ready || at < *s.next_ready)) s.next_ready = at;
    }

    if (const std::optional<Instant> call = next_twin_call(); call && (!s.next_ready || *call < *s.next_ready))
      s.next_ready = call;
    const std::optional<std::string>& model = has_usable ? uploaded_model : planned_model;
    s.quota = quota_view(now, model);
    s.limits = limits_for(model);
    if (count(planned) > 0 && s.window_used < s.upload_ahead) s.quota.stored = stored_files(now);
    s.polled_at = s.quota.project.polled_at;
    if (count(submitted) + count(cancelling) > 0) ended = store.ended_chunks(run_.key);
    // Jobs of other runs, and of others altogether, hold what this run waits for: somebody has to see them end.
    const std::vector<HeldJob> live = store.live_jobs(run_.project);
    const std::int64_t behind_pilot = run_.awaits_release() ? store.chunks_behind_pilot(run_.key) : 0;
    const bool backlog = count(planned) + count(uploading) + count(uploaded) > behind_pilot && s.may_create;
    s.jobs_live = !live.empty() || (backlog && s.quota.project.others_jobs > 0);
    if (!live.empty()) s.poll_every = plan::poll_interval(backlog, now - live.back().job.intent_at);
    if (is_cancelling()) s.poll_every = kCancelPoll;
    for (const ChunkState state : {planned, uploading, uploaded, fetching}) {
      if (state != fetching && !s.may_create) continue;
      const std::optional<Instant> ready = store.next_ready(run_.key, state, now);
      if (ready && (!s.next_ready || *ready < *s.next_ready)) s.next_ready = ready;
    }
  });

  // An end that was seen is settled, not cancelled.
  std::erase_if(s.to_cancel, [&](const plan::ChunkFacts& chunk) {
    return std::find(ended.begin(), ended.end(), chunk.key) != ended.end();
  });
  for (const ChunkKey key : ended) {
    if (busy_chunks_.contains(key)) continue;
    // An end without output is settled when it is known what the chunk's other job answered.
    if (has_open_twin(key) && !store.newest_job(key).value().output) continue;
    const auto again = looks_.find(key);
    if (again != looks_.end() && again->second.next > now) {
      const bool waits = !mandate_.leaves_when_paused;
      if (waits && (!s.next_ready || again->second.next < *s.next_ready)) s.next_ready = again->second.next;
      continue;
    }
    plan::ChunkFacts facts;
    facts.key = key;
    s.ended.push_back(facts);
  }
  return s;
}

/// Counted anew once a minute: without clean-up the rows are many.
StoredFiles Driver::stored_files(Instant now) {
  const Instant steady = steady_now(context_);
  if (!stored_at_ || steady - *stored_at_ > minutes{1}) {
    stored_ = context_.store.stored_files(run_.project, now);
    stored_at_ = steady;
  }
  return stored_;
}

/// How long the list must still wait for this chunk. Fixed at first sight on a clock that nobody can set, and never
/// more than the whole window: a clock that jumps neither shortens the wait nor stretches it.
Duration Driver::reconciling_wait(const Chunk& chunk, Instant now) {
  const Instant steady = steady_now(context_);
  const auto known = reconcile_at_.find(chunk.key);
  if (known != reconcile_at_.end()) return std::max(Duration{0}, known->second - steady);
  const Duration whole = window_of(chunk.body_bytes);
  const Duration wait = std::clamp(chunk.not_before.value_or(now) - now, Duration{0}, whole);
  reconcile_at_[chunk.key] = steady + wait;
  return wait;
}

const plan::Plan& Driver::turn(bool stopping) {
  for (int rounds = 0;; ++rounds) {
    context_.store.must_drive(run_.key, run_.epoch);
    notice_cancel();
    if (!stopping) plan_repairs();
    if (run_.awaits_release()) run_.released_at = context_.store.released_at(run_.key);  // by another process
    const Instant now = context_.clock.now();
    if (!stopping) beat(now);
    snapshot_ = take_snapshot(now);
    plan_ = plan::schedule(snapshot_, now);
    if (stopping) return plan_;
    bool moved = false;
    for (const plan::Action& action : plan_.actions) {
      act(action, now);
      // These change rows without asking the service: what they make possible is decided at once.
      moved = moved || action.what == plan::Do::cancel || action.what == plan::Do::settle ||
              action.what == plan::Do::doubt || action.what == plan::Do::age_file;
    }
    clean_files();
    tell_twins(now);
    bring_twins_home();
    if (!moved || rounds > 1000) return plan_;
  }
}

/// Tells other runs that this one is driven.
void Driver::beat(Instant now) {
  if (last_beat_ && now >= *last_beat_ && now - *last_beat_ < plan::kHeartbeatEvery) return;
  last_beat_ = now;
  context_.store.write([&] { context_.store.heartbeat(run_.key, run_.epoch, now); });
}

void Driver::act(const plan::Action& action, Instant now) {
  using plan::Do;
  switch (action.what) {
    case Do::cancel:
      return cancel_chunks();
    case Do::settle:
      return settle(action.chunk, now);
    case Do::fetch:
      return begin_fetch(action.chunk);
    case Do::find_file:
      return find_file(action.chunk);
    case Do::doubt:
      return doubt(action.chunk);
    case Do::list_all:
      return begin_list(true, now);
    case Do::poll:
      return begin_list(false, now);
    case Do::age_file:
      return age_file(action.chunk);
    case Do::create:
      return begin_create(action.chunk, action.probe, now);
    case Do::upload:
      return begin_upload(action.chunk, now);
  }
}

void Driver::send(ChunkKey chunk, Request request, Handler handler) {
  const Ticket ticket = context_.next_ticket++;
  if (!chunk.empty()) busy_chunks_.insert(chunk);
  pending_.emplace(ticket, [this, chunk, handler = std::move(handler)](const Answer& answer) {
    busy_chunks_.erase(chunk);
    handler(answer);
  });
  context_.service->start(ticket, std::move(request));
}

bool Driver::handle(Ticket ticket, const Answer& answer) {
  const auto found = pending_.find(ticket);
  if (found == pending_.end()) return false;
  const Handler handler = std::move(found->second);
  pending_.erase(found);
  handler(answer);
  return true;
}

void Driver::commit(const std::function<void()>& body) {
  announcements_.clear();
  context_.store.write([&] {
    context_.store.must_drive(run_.key, run_.epoch);  // the rows are another's else, and may be anywhere in the table
    body();
  });
  const auto told = std::exchange(announcements_, {});
  for (const auto& announce : told) announce();
}

void Driver::move(const Chunk& chunk, ChunkEvent event, const Details& details) {
  ChunkMove step;
  step.run = run_.key;
  step.epoch = run_.epoch;
  step.chunk = chunk.key;
  step.from = chunk.state;
  step.event = event;
  step.at = context_.clock.now();
  step.job = details.job;
  step.why = details.why;
  step.not_before = details.not_before;
  step.fails = details.fails;
  step.error = details.error;
  const ChunkState to = context_.store.move(step);
  if (to != chunk.state) last_progress_ = context_.clock.now();
  look_for_repairs_ = look_for_repairs_ || is_resting(to);
  if (to == ChunkState::reconciling || chunk.state == ChunkState::reconciling) reconcile_at_.erase(chunk.key);
  announcements_.push_back([this, chunk, event, to, why = details.why] {
    context_.observer.moved({run_, chunk, to, event, why});
  });
}

void Driver::stop_for(const std::string& reason, const std::string& message) {
  run_.stop = Stop{reason, message, context_.clock.now()};
  context_.store.stop_run(run_.key, run_.epoch, *run_.stop);
}

bool Driver::is_stopped_by(const Failure& failure) {
  if (failure.kind != FailureKind::stopped) return false;
  if (!run_.stop) context_.store.write([&] { stop_for(failure.reason, failure.message); });
  return true;
}

void Driver::met_outage(const Failure& failure) {
  if (!outage_since_) outage_since_ = context_.clock.now();
  plan::QuotaView view = quota_view(context_.clock.now());
  context_.store.save_breaker(plan::note_outage(view, failure.message, context_.clock.now(), context_.random));
}

void Driver::met_service() {
  bool open = outage_since_.has_value();
  for (const Breaker& breaker : snapshot_.quota.breakers) open = open || breaker.kind == PauseKind::outage;
  if (!open) return;
  outage_since_.reset();
  context_.store.write([&] { context_.store.drop_breaker(run_.project, "", PauseKind::outage); });
}

}  // namespace batchctl::app
