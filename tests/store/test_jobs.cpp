#include "store/fixture.hpp"

using namespace batchctl;

namespace {

Observation seen_as(JobState state, bool ended = false) {
  Observation seen;
  seen.state = state;
  seen.state_word = "BATCH_STATE_" + std::string(name_of(state));
  seen.ended = ended;
  return seen;
}

std::int64_t count(const JobTally& tally, JobState state) { return tally[static_cast<std::size_t>(state)]; }

}  // namespace

TEST_CASE("an intent comes back as it was added and holds from then on") {
  Fixture fixture;
  JobKey key;
  FileKey file;
  fixture.store->write([&] {
    file = fixture.store->add_file(fixture.chunk(0), 1, RemoteFileName{"f"}, 1, "h");
    NewIntent intent = fixture.an_intent(fixture.chunk(0), 2, at(4));
    intent.file = file;
    intent.tokens = 3'000'000'000;
    key = fixture.store->add_intent(intent);
  });
  const Job job = fixture.job(key);
  CHECK(job.chunk == fixture.chunk(0));
  CHECK(job.attempt == 2);
  CHECK(job.model == "gemini-x");
  CHECK(job.display_name == "bc/x");
  CHECK(job.file == file);
  CHECK(job.tokens == 3'000'000'000);
  CHECK(job.intent_at == at(4));
  CHECK(job.hold == Hold::intent);
  CHECK(job.origin == JobOrigin::created);
  CHECK_FALSE(job.name.has_value());
  CHECK_FALSE(job.observed.has_value());
  const Held held = fixture.store->held("project", "gemini-x", at(0));
  CHECK(held.jobs == 1);
  CHECK(held.tokens == 3'000'000'000);
  CHECK(held.newest_intent == at(4));
}

TEST_CASE("a second live intent for a chunk is refused by the database") {
  Fixture fixture;
  JobKey first;
  fixture.store->write([&] { first = fixture.begin_create(fixture.chunk(0)); });
  const auto again = [&](int attempt) {
    fixture.store->write([&] { fixture.store->add_intent(fixture.an_intent(fixture.chunk(0), attempt)); });
  };
  CHECK_THROWS_AS(again(1), Bug);
  CHECK_THROWS_AS(again(2), Bug);
  fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::create_refused, first); });
  again(1);
  CHECK(fixture.store->held("project", "gemini-x", at(0)).jobs == 1);
}

TEST_CASE("one attempt of a chunk has one named job, and a name belongs to one job") {
  Fixture fixture;
  JobKey first, second, other;
  fixture.store->write([&] {
    first = fixture.submit(fixture.chunk(0));
    fixture.move(fixture.chunk(0), ChunkEvent::attempt_failed, first);
    second = fixture.begin_create(fixture.chunk(0), 1);
    other = fixture.begin_create(fixture.chunk(1));
  });
  const auto name = [&](JobKey job, const std::string& word, JobOrigin origin) {
    fixture.store->write([&] { fixture.store->name_job(job, JobName{word}, origin); });
  };
  CHECK_THROWS_AS(name(second, "batches/new", JobOrigin::created), Bug);
  CHECK_THROWS_AS(name(other, fixture.job(first).name->value, JobOrigin::adopted), Bug);
  name(second, "batches/new", JobOrigin::duplicate);
  CHECK(fixture.job(second).origin == JobOrigin::duplicate);
  CHECK(fixture.store->newest_job(fixture.chunk(0))->key == first);  // a duplicate is not the chunk's job
}

TEST_CASE("a named job cannot be given another name") {
  Fixture fixture;
  JobKey job;
  fixture.store->write([&] { job = fixture.submit(fixture.chunk(0)); });
  const JobName name = *fixture.job(job).name;
  fixture.store->write([&] { fixture.store->name_job(job, name, JobOrigin::adopted); });
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->name_job(job, JobName{"batches/z"}, JobOrigin::created); }),
                  Bug);
  CHECK(fixture.store->job_with_name(name)->job.key == job);
  CHECK(fixture.store->job_with_name(name)->run == fixture.run);
  CHECK_FALSE(fixture.store->job_with_name(JobName{"batches/z"}).has_value());
}

TEST_CASE("an observation is kept with the service's own word, counts and times") {
  Fixture fixture;
  JobKey job;
  fixture.store->write([&] { job = fixture.submit(fixture.chunk(0)); });
  Observation seen = seen_as(JobState::running);
  seen.stats = JobStats{10, 4, 1, 5};
  seen.created_at = at(2);
  fixture.store->write([&] { fixture.store->observe(job, seen, at(20)); });
  Job now = fixture.job(job);
  CHECK(now.observed == JobState::running);
  CHECK(now.observed_word == "BATCH_STATE_running");
  CHECK(now.observed_at == at(20));
  CHECK(now.stats == seen.stats);
  CHECK(now.created_at == at(2));
  CHECK(now.hold == Hold::live);
  CHECK(fixture.state(0) == ChunkState::submitted);

  seen = seen_as(JobState::failed, true);
  seen.output = OutputRef{"files/out"};
  seen.error = "what went wrong";
  seen.ended_at = at(28);
  fixture.store->write([&] { fixture.store->observe(job, seen, at(30)); });
  now = fixture.job(job);
  CHECK(now.observed == JobState::failed);
  CHECK(now.output->value == "files/out");
  CHECK(now.error == "what went wrong");
  CHECK(now.created_at == at(2));
  CHECK(now.ended_at == at(28));
  CHECK(now.hold == Hold::none);
  CHECK(fixture.state(0) == ChunkState::submitted);  // an observation never moves a chunk
}

TEST_CASE("a stale look does not bring an ended job back to life") {
  Fixture fixture;
  JobKey job;
  fixture.store->write([&] {
    job = fixture.submit(fixture.chunk(0));
    Observation seen = seen_as(JobState::succeeded, true);
    seen.output = OutputRef{"files/out"};
    fixture.store->observe(job, seen, at(30));
    fixture.store->observe(job, seen_as(JobState::running), at(31));
  });
  CHECK(fixture.job(job).observed == JobState::succeeded);
  CHECK(fixture.job(job).observed_at == at(30));
  fixture.store->write([&] { fixture.store->observe(job, seen_as(JobState::succeeded, true), at(40)); });
  const Job now = fixture.job(job);
  CHECK(now.ended_at == at(30));  // when it was first seen ended, for want of the service's word
  CHECK(now.output->value == "files/out");
  CHECK(now.hold == Hold::none);
}

TEST_CASE("a job that is gone holds nothing and keeps the state it was seen in") {
  Fixture fixture;
  JobKey job;
  fixture.store->write([&] {
    job = fixture.submit(fixture.chunk(0));
    fixture.store->observe(job, seen_as(JobState::pending), at(5));
    fixture.store->job_is_gone(job, at(9));
  });
  CHECK(fixture.job(job).hold == Hold::none);
  CHECK(fixture.job(job).observed == JobState::pending);
  CHECK(fixture.job(job).observed_at == at(9));
  CHECK(fixture.state(0) == ChunkState::submitted);
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->job_is_gone(JobKey{99}, at(9)); }), Bug);
}

TEST_CASE("live jobs are those of the whole project that have a name and hold") {
  Fixture fixture({1, 1, 1, 1});
  JobKey live, ended, later;
  fixture.store->write([&] {
    live = fixture.submit(fixture.chunk(0));
    ended = fixture.submit(fixture.chunk(1));
    fixture.store->observe(ended, seen_as(JobState::succeeded, true), at(3));
    fixture.begin_create(fixture.chunk(2));
  });
  const RunKey first = fixture.run;
  fixture.run = fixture.add_run("two", {1});
  fixture.store->write([&] { later = fixture.submit(fixture.chunk(0)); });
  const std::vector<HeldJob> jobs = fixture.store->live_jobs("project");
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].job.key == live);
  CHECK(jobs[0].run == first);
  CHECK(jobs[1].job.key == later);
  CHECK(jobs[1].run == fixture.run);
  CHECK(fixture.store->live_jobs("other").empty());
}

TEST_CASE("what is held is the tokens of one model and the jobs of every model, intents and doubts included") {
  Fixture fixture({1, 1, 1, 1, 1});
  fixture.store->write([&] {
    fixture.submit(fixture.chunk(0));
    const JobKey doubtful = fixture.begin_create(fixture.chunk(1));
    fixture.move(fixture.chunk(1), ChunkEvent::create_unclear, doubtful);
    const JobKey refused = fixture.begin_create(fixture.chunk(2));
    fixture.move(fixture.chunk(2), ChunkEvent::create_refused, refused);
    NewIntent intent = fixture.an_intent(fixture.chunk(3), 1, at(50));
    intent.model = "gemini-y";
    fixture.store->add_intent(intent);
  });
  const Held held = fixture.store->held("project", "gemini-x", at(10));
  CHECK(held.jobs == 3);
  CHECK(held.tokens == 200);
  CHECK(held.newest_intent == at(50));
  CHECK(fixture.store->held("project", "gemini-y", at(10)).tokens == 100);
  CHECK_FALSE(fixture.store->held("project", "gemini-y", at(50)).newest_intent.has_value());
  CHECK(fixture.store->held("other", "gemini-x", at(10)).jobs == 0);
  CHECK(fixture.store->usage(fixture.run).enqueued == 300);
}

TEST_CASE("the job tally counts the service's jobs of one run by their last seen state") {
  Fixture fixture({1, 1, 1, 1});
  fixture.store->write([&] {
    fixture.store->observe(fixture.submit(fixture.chunk(0)), seen_as(JobState::running), at(3));
    fixture.store->observe(fixture.submit(fixture.chunk(1)), seen_as(JobState::expired, true), at(3));
    fixture.submit(fixture.chunk(2));
    fixture.begin_create(fixture.chunk(3));
  });
  const JobTally tally = fixture.store->job_tally(fixture.run);
  CHECK(count(tally, JobState::running) == 1);
  CHECK(count(tally, JobState::expired) == 1);
  CHECK(count(tally, JobState::unknown) == 1);
  CHECK(count(tally, JobState::pending) == 0);
}

TEST_CASE("the newest observation is that of the run's live jobs") {
  Fixture fixture({1, 1});
  CHECK_FALSE(fixture.store->newest_observation(fixture.run).has_value());
  fixture.store->write([&] {
    fixture.store->observe(fixture.submit(fixture.chunk(0)), seen_as(JobState::running), at(3));
    fixture.store->observe(fixture.submit(fixture.chunk(1)), seen_as(JobState::succeeded, true), at(8));
  });
  CHECK(fixture.store->newest_observation(fixture.run) == at(3));
}
