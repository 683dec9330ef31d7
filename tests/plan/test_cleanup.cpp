#include <doctest/doctest.h>

#include "plan/cleanup.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

Job ended(JobState state) {
  Job job;
  job.hold = Hold::none;
  job.name = JobName{"batches/a"};
  job.observed = state;
  job.ended_at = from_unix_ms(1'000);
  return job;
}

}  // namespace

TEST_CASE("a job that holds quota stays, whatever is stored of it") {
  Job job = ended(JobState::succeeded);
  job.hold = Hold::live;
  CHECK((judge_removal(job, Answers::here).removal == Removal::keep));
  CHECK((judge_removal(job, Answers::none_stored).removal == Removal::keep));
}

TEST_CASE("a job whose answers are stored goes, and one whose result file is lost stays") {
  const Job job = ended(JobState::succeeded);
  CHECK((judge_removal(job, Answers::here).removal == Removal::remove));
  CHECK((judge_removal(job, Answers::purged).removal == Removal::remove));
  CHECK((judge_removal(job, Answers::lost).removal == Removal::keep));
}

TEST_CASE("a job of which nothing is stored goes only when it has answered nothing") {
  CHECK((judge_removal(ended(JobState::succeeded), Answers::none_stored).removal == Removal::keep));
  CHECK((judge_removal(ended(JobState::unknown), Answers::none_stored).removal == Removal::keep));
  for (const JobState state : {JobState::failed, JobState::expired, JobState::cancelled}) {
    CAPTURE(name_of(state));
    Job job = ended(state);
    CHECK((judge_removal(job, Answers::none_stored).removal == Removal::remove));
    job.output = OutputRef{"files/out"};
    CHECK((judge_removal(job, Answers::none_stored).removal == Removal::keep));
    job.stats.succeeded = 0;
    CHECK((judge_removal(job, Answers::none_stored).removal == Removal::remove));
    job.output.reset();
    job.stats.succeeded = 1;
    CHECK((judge_removal(job, Answers::none_stored).removal == Removal::keep));
  }
}

TEST_CASE("a job that nobody saw end is looked for before it is forgotten") {
  Job job = ended(JobState::running);
  job.ended_at.reset();
  CHECK((judge_removal(job, Answers::none_stored).removal == Removal::look));
}
