// When the service's list is compared with what is recorded here: before a driver sends anything, after creates whose
// answers were unclear, at a run's end, and when a copied database is taken over.
#include <fmt/format.h>

#include <algorithm>

#include "app/driver.hpp"
#include "app/list_pass.hpp"
#include "base/text.hpp"

namespace batchctl::app {

namespace {

// A list that is answered and cannot be read is a net that is missing, no reason to wait for ever: with the pauses
// between the readings these take about a quarter of an hour.
constexpr int kReadingsBeforeGoingOn = 9;

}  // namespace

void Driver::begin_sweeping() {
  const Unswept unswept = context_.store.unswept(run_.key);
  sweep_.due = unswept.unclear;
  sweep_.due_at_end = unswept.intents;
  // A run that was planned just now has nothing at the service; whoever goes on with one sees first what is there.
  sweep_.looked = sweep_.was_seen = run_.epoch == 1 && !mandate_.look_now;
  if (run_.stop && run_.stop->reason == "copied_database") {
    // Only a whole list that agrees, or taking over, lifts this: it is looked at once more, and nothing is sent before.
    sweep_.must_agree = true;
    run_.stop.reset();
  }
  for (const Job& job : context_.store.duplicates(run_.key)) twins_.emplace(job.key, Twin{.job = job});
  for (const ChunkKey key : context_.store.answered_chunks(run_.key)) answered_.insert(key);

  const std::optional<Instant> since = context_.store.taking_over_since(run_.key);
  if (!since) return;
  // The other copy's last create may have been sent just before; on a clock that nobody can set.
  const Duration window = window_of(context_.store.largest_body(run_.key));
  const Instant now = context_.clock.now();
  sweep_.take_over_at = steady_now(context_) + std::clamp(*since + window - now, Duration{0}, window);
}

bool Driver::holds_back() const {
  return mandate_.spend && (!sweep_.looked || sweep_.due || sweep_.must_agree || is_taking_over());
}

std::optional<Instant> Driver::full_pass_at(Instant now, bool all_rest) const {
  if (!mandate_.spend || run_.stop) return std::nullopt;
  if (is_taking_over() && !all_rest) {
    Instant at = *sweep_.take_over_at;
    if (sweep_.first_take_over_pass) at = *sweep_.first_take_over_pass + context_.timing.between_passes;
    return now + std::max(Duration{0}, at - steady_now(context_));
  }
  const bool at_end = all_rest && (sweep_.due_at_end || is_taking_over());
  if (sweep_.due || sweep_.must_agree || !doubtful_.empty() || at_end) return now;
  return std::nullopt;
}

/// When the newest job that is recorded here was made, or the run when there is none: what is unknown is newer.
Instant Driver::newest_known() const {
  Instant newest = run_.created_at;
  const std::optional<JobName> name = context_.store.known_job(run_.key);
  if (const std::optional<HeldJob> held = name ? context_.store.job_with_name(*name) : std::nullopt) {
    newest = held->job.intent_at;
    if (held->job.created_at) newest = std::min(newest, on_our_clock(context_, *held->job.created_at));
  }
  return std::min(newest, context_.clock.now()) - in_flight_window(context_);
}

/// What a reading of the list settles beside the chunks that were sought.
void Driver::note_reading(const ListPass& pass) {
  if (pass.proves_nothing) return note_failed_reading(pass);
  sweep_.failed_readings = 0;
  if (pass.complete || pass.back_to) sweep_.looked = sweep_.was_seen = true;
  // Readings one right after the other would find the same still under way.
  if (sweep_.left_over) list_not_before_ = steady_now(context_) + context_.timing.between_passes;
  if (!pass.complete) return;
  if (is_taking_over()) note_take_over(pass);
  sweep_.due = false;
  if (sweep_.must_agree && !run_.stop && !sweep_.left_over) {
    sweep_.must_agree = false;
    context_.store.write([&] { context_.store.clear_stop(run_.key); });
  }
  const ChunkTally tally = context_.store.active_tally(run_.key);
  const auto count = [&](ChunkState state) { return tally[static_cast<std::size_t>(state)]; };
  // What is being found out is compared again when it is known.
  const bool is_final = count(ChunkState::creating) + count(ChunkState::reconciling) == 0;
  if (!is_final || pass.creates_before != sweep_.creates || !sweep_.due_at_end) return;
  sweep_.due_at_end = false;
  commit([&] {
    context_.store.note(run_.key, {}, context_.clock.now(), "swept",
                        "the whole job list was compared" + left_alone(pass));
  });
}

void Driver::note_failed_reading(const ListPass& pass) {
  if (plan::all_rest(facts())) sweep_.due_at_end = false;  // the next driver tries again
  if (!holds_back()) return;
  if (!sweep_.told_waiting) context_.observer.says(run_, "nothing is created before the job list was read once");
  sweep_.told_waiting = true;
  if (pass.is_unreachable || ++sweep_.failed_readings < kReadingsBeforeGoingOn) return;
  if (sweep_.must_agree || is_taking_over()) return;
  if (!sweep_.looked || sweep_.due)
    context_.observer.says(run_,
                           "the job list cannot be read, so it is not known whether all jobs are recorded; batchctl "
                           "goes on, and reads it when it can");
  sweep_.looked = true;
  sweep_.due = false;
}

std::string Driver::left_alone(const ListPass& pass) {
  if (pass.left_alone == 0) return "";
  return fmt::format("; {} with the run's mark left alone",
                     spell_count(static_cast<std::uint64_t>(pass.left_alone), "job"));
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
                        "two complete readings of the job list agree with what is recorded" + left_alone(pass));
  });
  context_.observer.says(
      run_, "taken over: everything of this run that was created elsewhere is recorded here" + left_alone(pass));
}

}  // namespace batchctl::app
