#include <doctest/doctest.h>

#include "plan/ending.hpp"
#include "plan/quota_fixture.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

Job ended(JobState state, int attempt = 1) {
  Job job;
  job.attempt = attempt;
  job.observed = state;
  job.observed_word = "JOB_STATE";
  job.ended_at = kNoon;
  return job;
}

}  // namespace

TEST_CASE("output is looked for first, however the job ended") {
  for (const JobState state : {JobState::succeeded, JobState::failed, JobState::expired, JobState::cancelled}) {
    Job job = ended(state);
    job.output = OutputRef{"files/out"};
    CHECK(ending_of(job, 0, kNoon).event == ChunkEvent::job_ended);
  }
}

TEST_CASE("a job that failed or expired without any answer is tried again, and a third time no more") {
  for (const JobState state : {JobState::failed, JobState::expired}) {
    CHECK(ending_of(ended(state, 1), 0, kNoon).event == ChunkEvent::attempt_failed);
    CHECK(ending_of(ended(state, 2), 0, kNoon).event == ChunkEvent::attempt_failed);
    CHECK(ending_of(ended(state, 3), 0, kNoon).event == ChunkEvent::attempts_spent);
  }
}

TEST_CASE("two bad ends in a row of one chunk call for a person, the first and the last do not") {
  CHECK_FALSE(ending_of(ended(JobState::expired, 1), 0, kNoon).person_must_look);
  CHECK(ending_of(ended(JobState::expired, 2), 0, kNoon).person_must_look);
  CHECK_FALSE(ending_of(ended(JobState::expired, 3), 0, kNoon).person_must_look);
}

TEST_CASE("a cancelled job without output gets no new attempt") {
  CHECK(ending_of(ended(JobState::cancelled), 0, kNoon).event == ChunkEvent::job_cancelled);
}

TEST_CASE("a job that succeeded is asked ten times for its output, and a day after its end twice") {
  const Job job = ended(JobState::succeeded);
  for (int looks = 0; looks < 10; ++looks) CHECK_FALSE(ending_of(job, looks, kNoon + hours{23}).event.has_value());
  CHECK(ending_of(job, 10, kNoon).event == ChunkEvent::job_vanished);
  CHECK_FALSE(ending_of(job, 1, kNoon + hours{24}).event.has_value());
  CHECK(ending_of(job, 2, kNoon + hours{24}).event == ChunkEvent::job_vanished);
}

TEST_CASE("the reason holds the service's own words") {
  Job job = ended(JobState::failed, 3);
  job.error = "the moon was in the way";
  CHECK(ending_of(job, 0, kNoon).why.find("the moon was in the way") != std::string::npos);
  CHECK(ending_of(job, 0, kNoon).why.find("JOB_STATE") != std::string::npos);
}
