#include "plan/stray.hpp"

#include <algorithm>

namespace batchctl::plan {

Stray judge_stray(const Observation& seen, std::optional<Instant> made_at, const JobMark& mark, const Chunk& chunk,
                  const std::vector<Intent>& intents, Duration window, Duration slack) {
  if (seen.display_name != job_display_name(mark.run, chunk.index, mark.attempt, chunk.body_sha256))
    return Stray::foreign;
  int newest_attempt = 0;
  bool is_told = false, is_open = false, is_recorded = false, is_made_from_ours = false, is_in_time = false;
  for (const Intent& intent : intents) {
    newest_attempt = std::max(newest_attempt, intent.job.attempt);
    if (intent.job.display_name != seen.display_name) continue;
    is_told = true;
    is_recorded = is_recorded || intent.job.name.has_value();
    is_open = is_open || (!intent.job.name && intent.job.hold != Hold::none);
    if (intent.file != seen.input) continue;
    is_made_from_ours = true;
    const Instant from = intent.job.intent_at - slack;
    const Instant to = intent.job.intent_at + window + slack;
    is_in_time = is_in_time || (made_at && *made_at >= from && *made_at <= to);
  }
  if (is_open) return Stray::awaited;
  if (is_made_from_ours && !is_recorded && may_take_job(chunk.state)) return Stray::ours;
  if (is_made_from_ours && is_in_time) return Stray::duplicate;
  if (!is_told && mark.attempt > newest_attempt && !is_resting(chunk.state)) return Stray::untold;
  return Stray::foreign;
}

}  // namespace batchctl::plan
