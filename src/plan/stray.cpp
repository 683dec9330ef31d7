#include "plan/stray.hpp"

#include <algorithm>

namespace batchctl::plan {

namespace {

/// Whether the job was made while the create of this intent could take effect. The job that is recorded for it tells by
/// the service's own clock; else the intent by ours.
bool is_in_time(const Intent& intent, const Observation& seen, std::optional<Instant> made_at, const Known& known) {
  if (intent.job.created_at && seen.created_at)
    return std::chrono::abs(*seen.created_at - *intent.job.created_at) <= known.window;
  const Instant from = intent.job.intent_at - known.slack;
  const Instant to = intent.job.intent_at + known.window + known.slack;
  return made_at && *made_at >= from && *made_at <= to;
}

}  // namespace

Stray judge_stray(const Observation& seen, std::optional<Instant> made_at, const JobMark& mark, const Known& known) {
  const Chunk& chunk = known.chunk;
  if (seen.display_name != job_display_name(mark.run, chunk.index, mark.attempt, chunk.body_sha256))
    return Stray::foreign;
  int newest_attempt = 0;
  bool is_told = false, is_open = false, is_recorded = false, is_duplicate = false;
  for (const Intent& intent : known.intents) {
    newest_attempt = std::max(newest_attempt, intent.job.attempt);
    if (intent.job.display_name != seen.display_name) continue;
    is_told = true;
    is_recorded = is_recorded || intent.job.name.has_value();
    is_open = is_open || (!intent.job.name && intent.job.hold != Hold::none);
    is_duplicate = is_duplicate || (intent.file == seen.input && is_in_time(intent, seen, made_at, known));
  }
  if (is_open) return Stray::awaited;
  if (is_told && known.is_our_file && !is_recorded && may_take_job(chunk.state)) return Stray::ours;
  if (is_duplicate) return Stray::duplicate;
  const bool is_to_come = !is_resting(chunk.state) && !is_recorded && mark.attempt >= newest_attempt;
  if (!is_to_come) return Stray::foreign;
  return known.is_our_file || seen.input.empty() ? Stray::untold : Stray::impostor;
}

}  // namespace batchctl::plan
