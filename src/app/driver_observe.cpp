// Looking at the service: polls of the newest pages, complete passes that prove an absence, and what an end means.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/driver.hpp"
#include "app/list_pass.hpp"
#include "app/quota_view.hpp"
#include "base/crash_point.hpp"
#include "plan/backoff.hpp"
#include "plan/ending.hpp"

namespace batchctl::app {

namespace {

constexpr int kPageTries = 3;
constexpr int kFailedPassesBeforeStop = 10;
constexpr Duration kLookAgain = seconds{60};
// A poll stops reading pages when so few live jobs are unseen that asking for each costs no more than a page.
constexpr std::size_t kCheaperToGet = 1;
constexpr Duration kCountOthersEvery = minutes{15};  // more pages than our own jobs need
constexpr Duration kOldestActive = hours{49};        // a job expires after 48 h (Batch API guide, 2026-08)

}  // namespace

void Driver::begin_list(bool complete, Instant now) {
  pass_ = std::make_unique<ListPass>();
  pass_->complete = complete;
  pass_->began = steady_now(context_);
  pass_->creates_before = sweep_.creates;
  pass_->counts_others = complete || !others_counted_at_ || pass_->began - *others_counted_at_ >= kCountOthersEvery;
  if (!complete && mandate_.spend && !sweep_.was_seen) pass_->back_to = newest_known();
  for (HeldJob& held : context_.store.live_jobs(run_.project)) {
    const JobName name = held.job.name.value();
    pass_->unseen.emplace(name, std::move(held.job));
  }
  if (complete)
    for (const plan::ChunkFacts& chunk : snapshot_.reconciling)
      if (!chunk.due || *chunk.due <= now) pass_->sought.push_back(chunk.key);
  context_.store.write([&] {
    Quota project = context_.store.quota(run_.project, "");
    project.polled_at = now;
    context_.store.save_quota(project);
  });
  ask_page();
}

void Driver::ask_page() {
  pass_->pages.insert(pass_->next_page);
  send({}, ListJobs{pass_->next_page}, [this](const Answer& answer) { on_page(answer); });
}

void Driver::on_page(const Answer& answer) {
  ListPass& pass = *pass_;
  if (const auto* failure = std::get_if<Failure>(&answer)) {
    const bool outage = failure->kind == FailureKind::unreachable || failure->kind == FailureKind::server;
    if (outage && failure->http_status != 0 && ++pass.tries < kPageTries) return ask_page();
    context_.observer.says(run_, "the job list could not be read: " + failure->message);
    if (!is_stopped_by(*failure) && outage) context_.store.write([&] { met_outage(*failure); });
    pass.proves_nothing = true;
    pass.is_unreachable = failure->http_status == 0;
    return end_pass(failure->retry_after);
  }
  met_service();
  pass.tries = 0;
  const JobPage& page = std::get<JobPage>(answer);
  if (!page.complete) pass.proves_nothing = true;
  const Instant now = context_.clock.now();
  commit([&] {
    for (const Observation& seen : page.jobs) {
      const auto live = pass.unseen.find(seen.name);
      if (live != pass.unseen.end()) {
        saw(live->second, seen, now);
        pass.unseen.erase(live);
        key_reads_ours_ = true;
      } else if (context_.store.job_with_name(seen.name)) {
        key_reads_ours_ = true;
      } else if (has_mark(seen)) {
        key_reads_ours_ = true;
        pass.strays.push_back(seen);
      } else if (!seen.ended) {
        ++pass.others_active;
      }
    }
    find_intents(page.jobs);
  });
  pass.next_page = page.next_page;
  bool seen_enough = !pass.complete && pass.unseen.size() <= kCheaperToGet;
  if (pass.back_to) seen_enough = seen_enough && reaches_back_to(page, *pass.back_to);
  if (pass.counts_others) seen_enough = seen_enough && reaches_back_to(page, now - kOldestActive);
  if (page.next_page.empty()) pass.counts_others = true;
  if (page.next_page.empty() || seen_enough) return end_pass();
  if (pass.pages.contains(page.next_page)) {
    context_.observer.says(run_, "the job list names a page that was read already; it proves nothing");
    pass.proves_nothing = true;
    return end_pass();
  }
  ask_page();
}

/// Only this run's driver judges what has its mark.
bool Driver::has_mark(const Observation& seen) const {
  const std::optional<JobMark> mark = job_mark_of(seen.display_name);
  return mark && mark->run == run_.id;
}

/// The list is newest first.
bool Driver::reaches_back_to(const JobPage& page, Instant then) const {
  if (page.jobs.empty() || !page.jobs.back().created_at) return false;
  return on_our_clock(context_, *page.jobs.back().created_at) < then;
}

/// Jobs of ours whose names were never stored: the display name and the input file must both be those of the intent.
void Driver::find_intents(const std::vector<Observation>& jobs) {
  for (const ChunkKey key : pass_->sought) {
    const Chunk chunk = chunk_now(key);
    if (chunk.state != ChunkState::reconciling) continue;
    const Job job = context_.store.newest_job(key).value();
    const RemoteFile file = context_.store.file(job.file).value();
    for (const Observation& seen : jobs) {
      if (seen.display_name != job.display_name) continue;
      // Another copy of this database may have made it from a later generation of the same file.
      if (seen.input != file.name && !is_our_file(chunk, seen.input)) {
        // Not adopted, not cancelled; but with it there, nothing is proven absent either.
        pass_->proves_nothing = true;
        if (shown_.insert(seen.name).second)
          context_.observer.says(
              run_, fmt::format("{} has the display name of chunk {} but another input file; it is left alone",
                                seen.name.value, chunk.index));
        continue;
      }
      // Made twice: the older is adopted, and the other is a stray.
      const auto [known, is_first] = pass_->found.try_emplace(key, seen);
      if (!is_first && seen.created_at && (!known->second.created_at || *seen.created_at < *known->second.created_at))
        known->second = seen;
    }
  }
}

void Driver::adopt_found(const ListPass& pass) {
  for (const auto& [key, seen] : pass.found) {
    const Chunk chunk = chunk_now(key);
    if (chunk.state == ChunkState::reconciling) adopt(chunk, context_.store.newest_job(key).value(), seen);
  }
}

void Driver::adopt(const Chunk& chunk, const Job& job, const Observation& seen) {
  const Instant now = context_.clock.now();
  context_.store.name_job(job.key, seen.name, JobOrigin::adopted);
  move(chunk, ChunkEvent::job_found, {.why = "found in the list: " + seen.name.value, .job = job.key});
  Job named = job;
  named.name = seen.name;
  saw(named, seen, now);
  absent_since_.erase(chunk.key);
  key_reads_ours_ = true;
}

/// Notes what was seen. A job that just ended makes room: the stock breakers open, its chunk is settled next.
void Driver::saw(const Job& job, const Observation& seen, Instant now) {
  context_.store.observe(job.key, seen, now);
  if (const auto twin = twins_.find(job.key); twin != twins_.end())
    twin->second.job = context_.store.job(job.key).value();
  if (!seen.ended) return;
  crash_point(CrashPoint::end_seen);
  note_ended(context_, run_, job, now);
}

void Driver::end_pass(std::optional<Duration> hint) {
  const std::unique_ptr<ListPass> pass = std::move(pass_);
  const Instant steady = steady_now(context_);
  mandate_.look_now = false;
  commit([&] { adopt_found(*pass); });
  judge_strays(*pass);
  const bool is_copy = is_taking_over();
  note_reading(*pass);
  if (pass->proves_nothing) {
    const Duration wait = plan::backoff(list_fails_++, seconds{5}, minutes{5}, context_.random);
    list_not_before_ = steady + std::clamp<Duration>(hint.value_or(wait), seconds{1}, minutes{15});
    const bool finds_out = !pass->sought.empty() || (is_copy && !pass->is_unreachable);
    if (finds_out && ++failed_passes_ >= kFailedPassesBeforeStop && !run_.stop) stop_for_unknown_creates(*pass);
    return;
  }
  list_fails_ = 0;
  if (!sweep_.left_over) list_not_before_.reset();

  if (pass->complete) {
    crash_point(CrashPoint::list_read);
    failed_passes_ = 0;
    std::vector<ChunkKey> absent;
    for (const ChunkKey key : pass->sought) {
      if (chunk_now(key).state != ChunkState::reconciling) continue;
      const auto first = absent_since_.find(key);
      if (first == absent_since_.end()) {
        absent_since_[key] = steady;
        list_not_before_ = steady + context_.timing.between_passes;
      } else if (pass->began >= first->second + context_.timing.between_passes) {
        absent.push_back(key);
      } else {
        list_not_before_ = first->second + context_.timing.between_passes;
      }
    }
    commit([&] {
      for (const ChunkKey key : absent) {
        absent_since_.erase(key);
        const Job job = context_.store.newest_job(key).value();
        move(chunk_now(key), ChunkEvent::job_absent,
             {.why = "two complete readings of the job list do not show it: it was never made", .job = job.key});
      }
    });
    if (!absent.empty()) crash_point(CrashPoint::absence_recorded);
  }
  context_.store.write([&] {
    Quota project = context_.store.quota(run_.project, "");
    // Of a poll that stopped at our newest jobs: there are at least so many.
    project.others_jobs =
        pass->counts_others ? pass->others_active : std::max(project.others_jobs, pass->others_active);
    context_.store.save_quota(project);
  });

  if (pass->counts_others) others_counted_at_ = pass->began;

  if (pass->unseen.empty()) stop_for_stuck_jobs(context_.clock.now());
  // Live jobs that the pages did not show: ask for each. Only an answer for it says anything about it.
  for (const auto& [name, job] : pass->unseen)
    send({}, GetJob{name}, [this, job = job](const Answer& answer) { on_job(job, answer); });
}

void Driver::stop_for_unknown_creates(const ListPass& pass) {
  const std::string what = pass.sought.empty()
                               ? "this copy of the database could not be compared with the service; nothing was sent"
                               : "it is not known whether a create took effect; nothing was sent again";
  const std::string story =
      fmt::format("the job list could not be read completely {} times, so {}", failed_passes_, what);
  commit([&] {
    stop_for("create_unknown", story);
    for (const ChunkKey key : pass.sought)
      if (chunk_now(key).state == ChunkState::reconciling)
        context_.store.note(run_.key, key, context_.clock.now(), "needs_attention", story);
  });
}

/// Nothing is left but jobs that should have ended or expired a day ago: no second one is made beside a live one, so a
/// person has to look.
void Driver::stop_for_stuck_jobs(Instant now) {
  if (run_.stop) return;
  using enum ChunkState;
  const ChunkTally tally = this->tally();
  std::int64_t other_work = run_.awaits_release() ? -context_.store.chunks_behind_pilot(run_.key) : 0;
  for (const ChunkState state : {planned, uploading, uploaded, creating, reconciling, fetching})
    other_work += tally[static_cast<std::size_t>(state)];
  if (other_work > 0) return;
  if (plan::all_rest({.chunks = tally})) return;
  std::optional<Job> stuck;
  for (HeldJob& held : context_.store.live_jobs(run_.project)) {
    if (held.run != run_.key || held.job.origin == JobOrigin::duplicate) continue;
    if (now - held.job.intent_at < plan::kStuckAfter) return;
    if (!stuck) stuck = std::move(held.job);
  }
  if (!stuck) return;
  context_.store.write([&] {
    stop_for("stuck",
             fmt::format("{} of chunk {} is {} since {}, longer than any job may take; batchctl makes no second "
                         "one beside it. Cancel the run (what finished is kept), or resume to look again",
                         stuck->name->value, chunk_now(stuck->chunk).index, stuck->observed_word,
                         to_rfc3339(stuck->intent_at)));
  });
}

/// What `get` said about one job. Not found is believed only while the same key reads other jobs of ours.
void Driver::on_job(const Job& job, const Answer& answer) {
  const Instant now = context_.clock.now();
  if (const auto* seen = std::get_if<Observation>(&answer)) {
    key_reads_ours_ = true;
    return commit([&] { saw(job, *seen, now); });
  }
  const Failure& failure = std::get<Failure>(answer);
  if (is_stopped_by(failure) || failure.kind != FailureKind::not_found) return;
  if (!key_reads_ours_) {
    context_.observer.says(run_,
                           fmt::format("{} answers \"{}\"; with nothing else of ours to read it may be the key, so "
                                       "nothing is concluded",
                                       job.name->value, failure.message));
    return;
  }
  const std::string why = "the service no longer knows the job: " + failure.message;
  commit([&] {
    context_.store.job_is_gone(job.key, now);
    if (twins_.erase(job.key) > 0) return;  // the chunk has another one
    const Chunk chunk = chunk_now(job.chunk);
    const bool waits = chunk.state == ChunkState::submitted || chunk.state == ChunkState::cancelling;
    if (chunk.run != run_.key || !waits) return;                              // its own driver settles it
    if (context_.store.newest_job(chunk.key).value().key != job.key) return;  // another one has taken its place
    context_.store.store_no_result(run_.key, chunk.key, job.key, RecordStatus::missing, std::nullopt, why);
    move(chunk, ChunkEvent::job_vanished, {.why = why, .job = job.key, .error = why});
  });
}

void Driver::settle(ChunkKey key, Instant now) {
  const Chunk chunk = chunk_now(key);
  if (answered_.contains(key) && (chunk.state == ChunkState::planned || chunk.state == ChunkState::uploaded)) {
    answered_.erase(key);
    return commit(
        [&] { move(chunk, ChunkEvent::results_stored, {.why = "a second job of an earlier create had answered"}); });
  }
  if (chunk.state != ChunkState::submitted && chunk.state != ChunkState::cancelling) return;
  const Job job = context_.store.newest_job(key).value();
  const auto looks = looks_.find(key);
  plan::Ending ending = plan::ending_of(job, looks == looks_.end() ? 0 : looks->second.times, now);
  if (!ending.event) return look_again(chunk, job, now);
  looks_.erase(key);
  crash_point(CrashPoint::end_recorded);
  if (chunk.state == ChunkState::cancelling && *ending.event != ChunkEvent::job_ended)
    ending = {ChunkEvent::job_cancelled, false, ending.why};
  const bool ends_badly = *ending.event == ChunkEvent::attempt_failed || *ending.event == ChunkEvent::attempts_spent;
  if (ends_badly && has_answers(chunk))
    ending = {ChunkEvent::results_stored, false, ending.why + "; another job of this chunk had answered"};
  const ChunkEvent event = *ending.event;
  commit([&] {
    if (event == ChunkEvent::job_cancelled || event == ChunkEvent::job_vanished)
      context_.store.store_no_result(run_.key, key, job.key, RecordStatus::missing, std::nullopt, ending.why);
    if (event == ChunkEvent::attempts_spent)
      context_.store.store_no_result(run_.key, key, job.key, RecordStatus::error, std::nullopt, ending.why);
    move(chunk, event,
         {.why = ending.why,
          .job = job.key,
          .error = event == ChunkEvent::job_ended || event == ChunkEvent::results_stored
                       ? std::nullopt
                       : std::optional<std::string>(ending.why)});
    if (ending.person_must_look)
      stop_for("attempts",
               fmt::format("chunk {} ended without any answer {} times: {}", chunk.index, job.attempt, ending.why));
  });
}

/// SUCCEEDED, but no output is named yet: ask for the job itself, at once and then again a little later. Only an answer
/// counts as a look: an outage says nothing about the output.
void Driver::look_again(const Chunk& chunk, const Job& job, Instant now) {
  looks_[chunk.key].next = now + kLookAgain;
  send(chunk.key, GetJob{job.name.value()}, [this, job](const Answer& answer) {
    if (std::holds_alternative<Observation>(answer)) ++looks_[job.chunk].times;
    on_job(job, answer);
  });
}

}  // namespace batchctl::app
