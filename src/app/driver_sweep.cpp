// When the service's list is compared with what is recorded here: before a driver sends anything, after creates whose
// answers were unclear, at a run's end, and when a copied database is taken over.
#include <fmt/format.h>

#include <algorithm>

#include "app/driver.hpp"
#include "app/list_pass.hpp"

namespace batchctl::app {

namespace {

constexpr int kReadingsBeforeGoingOn = 3;  // a list that cannot be read is a net that is missing, no reason to stop

}  // namespace

void Driver::begin_sweeping() {
  const Unswept unswept = context_.store.unswept(run_.key);
  sweep_.due = unswept.unclear;
  sweep_.due_at_end = unswept.intents;
  // The run's first driver is the first to create anything; any later one sees first what is there.
  sweep_.looked = run_.epoch == 1;
  for (Job& job : context_.store.duplicates(run_.key)) duplicates_.emplace(job.key, std::move(job));

  const std::optional<Instant> since = context_.store.taking_over_since(run_.key);
  if (!since) return;
  // The other copy's last create may have been sent just before; on a clock that nobody can set.
  const Duration window = std::max(settle_window(context_, context_.store.largest_body(run_.key)),
                                   run_.options.paranoid ? kParanoidWindow : Duration{0});
  const Instant now = context_.clock.now();
  sweep_.take_over_at = steady_now(context_) + std::clamp(*since + window - now, Duration{0}, window);
}

bool Driver::holds_back() const { return mandate_.spend && (!sweep_.looked || sweep_.due || is_taking_over()); }

std::optional<Instant> Driver::full_pass_at(Instant now, bool all_rest) const {
  if (!mandate_.spend || run_.stop) return std::nullopt;
  if (is_taking_over() && !all_rest) {
    Instant at = *sweep_.take_over_at;
    if (sweep_.first_take_over_pass) at = *sweep_.first_take_over_pass + context_.timing.between_passes;
    return now + std::max(Duration{0}, at - steady_now(context_));
  }
  if (sweep_.due || (all_rest && (sweep_.due_at_end || is_taking_over()))) return now;
  return std::nullopt;
}

/// When the newest job that is recorded here was made, or the run when there is none: what is unknown is newer.
Instant Driver::newest_known() const {
  const std::optional<JobName> name = context_.store.known_job(run_.key);
  const std::optional<HeldJob> job = name ? context_.store.job_with_name(*name) : std::nullopt;
  return (job ? job->job.intent_at : run_.created_at) - in_flight_window(context_);
}

/// What a reading of the list settles beside the chunks that were sought.
void Driver::note_reading(const ListPass& pass) {
  if (pass.proves_nothing) {
    if (pass.is_unreachable || ++sweep_.failed_readings < kReadingsBeforeGoingOn) return;
    if (holds_back() && !is_taking_over())
      context_.observer.says(run_,
                             "the job list cannot be read, so it is not known whether all jobs are recorded; "
                             "batchctl goes on, and reads it again at the end");
    sweep_.looked = true;
    sweep_.due = false;
    if (plan::all_rest(facts())) sweep_.due_at_end = false;  // the next driver tries again
    return;
  }
  sweep_.failed_readings = 0;
  if (pass.complete || pass.back_to) sweep_.looked = true;
  if (!pass.complete) return;
  if (is_taking_over()) note_take_over(pass);
  const ChunkTally tally = context_.store.chunk_tally(run_.key);
  const auto count = [&](ChunkState state) { return tally[static_cast<std::size_t>(state)]; };
  sweep_.due = false;
  // What is being found out is compared again when it is known.
  const bool is_final = count(ChunkState::creating) + count(ChunkState::reconciling) == 0;
  if (!is_final || pass.creates_before != sweep_.creates || !sweep_.due_at_end) return;
  sweep_.due_at_end = false;
  commit([&] {
    context_.store.note(run_.key, {}, context_.clock.now(), "swept", "the whole job list agrees with what is recorded");
  });
}

/// Two complete readings, as for a create that was never answered. A run that has nothing left to create needs no wait.
void Driver::note_take_over(const ListPass& pass) {
  if (!plan::all_rest(facts())) {
    if (pass.began < *sweep_.take_over_at || sweep_.left_over) return;
    if (!sweep_.first_take_over_pass) sweep_.first_take_over_pass = steady_now(context_);
    if (pass.began < *sweep_.first_take_over_pass + context_.timing.between_passes) return;
  }
  sweep_.take_over_at.reset();
  commit([&] {
    context_.store.end_take_over(run_.key, run_.epoch);
    context_.store.note(run_.key, {}, context_.clock.now(), "taken_over",
                        "two complete readings of the job list agree with what is recorded");
  });
  context_.observer.says(run_, "taken over: everything that was created elsewhere is recorded here");
}

}  // namespace batchctl::app
