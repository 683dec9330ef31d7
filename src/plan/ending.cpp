#include "plan/ending.hpp"

#include <fmt/format.h>

namespace batchctl::plan {

namespace {

std::string words_of(const Job& job) {
  const std::string state = job.observed_word.empty() ? std::string(name_of(*job.observed)) : job.observed_word;
  return job.error ? fmt::format("the job ended {}: {}", state, *job.error) : fmt::format("the job ended {}", state);
}

}  // namespace

Ending ending_without_answers(const Job& job) {
  const std::string why = words_of(job);
  if (job.attempt >= kMaxAttempts) return {ChunkEvent::attempts_spent, false, why + "; no attempt is left"};
  return {ChunkEvent::attempt_failed, job.attempt >= kBadEndsBeforeStop, why + " without any answer"};
}

Ending ending_of(const Job& job, int looks, Instant now) {
  if (job.output) return {ChunkEvent::job_ended, false, words_of(job)};
  switch (job.observed.value_or(JobState::unknown)) {
    case JobState::cancelled:
      return {ChunkEvent::job_cancelled, false, words_of(job)};
    case JobState::failed:
    case JobState::expired:
      return ending_without_answers(job);
    case JobState::pending:
    case JobState::running:
    case JobState::succeeded:
    case JobState::unknown:
      break;
  }
  const bool late = now - job.ended_at.value_or(now) >= kOutputIsLate;
  if (looks < (late ? kLateOutputLooks : kOutputLooks)) return {};
  return {ChunkEvent::job_vanished, false, words_of(job) + ", but the service names no output"};
}

}  // namespace batchctl::plan
