#include "plan/cleanup.hpp"

namespace batchctl::plan {

namespace {

bool has_nothing_to_lose(const Job& job) {
  const JobState state = job.observed.value_or(JobState::unknown);
  if (state != JobState::failed && state != JobState::expired && state != JobState::cancelled) return false;
  return job.stats.succeeded ? *job.stats.succeeded == 0 : !job.output;
}

}  // namespace

Verdict judge_removal(const Job& job, Answers answers) {
  if (job.hold != Hold::none) return {Removal::keep, "it has not ended"};
  switch (answers) {
    case Answers::here:
    case Answers::purged:
      return {Removal::remove, {}};
    case Answers::lost:
      return {Removal::keep, "its result file is not here as it was recorded"};
    case Answers::none_stored:
      break;
  }
  if (!job.ended_at) return {Removal::look, {}};
  if (has_nothing_to_lose(job)) return {Removal::remove, {}};
  return {Removal::keep, "its result is not stored here"};
}

}  // namespace batchctl::plan
