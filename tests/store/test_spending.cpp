// What a run has spent, what is open, and what finished jobs tell.
#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace batchctl;

namespace {

ResultSummary result_of(std::int64_t in, std::int64_t out) {
  ResultSummary summary;
  summary.lines = summary.ok = 9;
  summary.not_ok = 1;
  summary.tokens_in = in;
  summary.tokens_out = out;
  summary.tokens_thinking = 5;
  summary.tokens_cached = 3;
  return summary;
}

Observation seen_in(JobState state, const JobName& name, std::optional<Instant> ended = std::nullopt) {
  Observation seen;
  seen.name = name;
  seen.state = state;
  seen.ended = ended.has_value();
  seen.created_at = at(1);
  seen.ended_at = ended;
  return seen;
}

struct Spent : Fixture {
  Spending only() {
    const std::vector<Spending> all = store->spending(run);
    REQUIRE(all.size() == 1);
    return all[0];
  }
};

}  // namespace

TEST_CASE("a job is open from its intent until its result is stored, however unclear it is and however it ended") {
  Spent fixture;
  CHECK(fixture.store->spending(fixture.run).empty());
  JobKey job;
  const auto is_open = [&] {
    const Spending spent = fixture.only();
    CHECK(spent.open_input == spent.open_jobs * 100);
    CHECK(spent.open_records == spent.open_jobs * 10);
    return spent.open_jobs == 1;
  };
  fixture.store->write([&] { job = fixture.begin_create(fixture.chunk(0)); });
  CHECK(is_open());
  SUBCASE("the create was unclear, and nothing is there") {
    fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::create_unclear, job); });
    CHECK(is_open());
    fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::job_absent, job); });
    CHECK_FALSE(is_open());
  }
  SUBCASE("the create was refused") {
    fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::create_refused, job); });
    CHECK_FALSE(is_open());
  }
  SUBCASE("the job was made, ended, and its answers are fetched") {
    const JobName name{"batches/1"};
    fixture.store->write([&] {
      fixture.store->name_job(job, name, JobOrigin::created);
      fixture.move(fixture.chunk(0), ChunkEvent::create_succeeded, job);
    });
    CHECK(is_open());
    fixture.store->write([&] { fixture.store->observe(job, seen_in(JobState::succeeded, name, at(9)), at(10)); });
    CHECK(fixture.job(job).hold == Hold::none);
    CHECK(is_open());
    fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::job_ended, job); });
    CHECK(is_open());
    fixture.store->write([&] {
      fixture.store->store_result(fixture.run, fixture.chunk(0), job, result_of(70, 40), {}, at(11));
      fixture.move(fixture.chunk(0), ChunkEvent::results_stored);
    });
    CHECK_FALSE(is_open());
    const Spending spent = fixture.only();
    CHECK(spent.input == 70);
    CHECK(spent.output == 45);
    CHECK(spent.cached == 3);
    CHECK(spent.answers == 10);
  }
  SUBCASE("the job expired without an answer, and the next attempt is open instead") {
    const JobName name{"batches/1"};
    fixture.store->write([&] {
      fixture.store->name_job(job, name, JobOrigin::created);
      fixture.move(fixture.chunk(0), ChunkEvent::create_succeeded, job);
      fixture.store->observe(job, seen_in(JobState::expired, name, at(9)), at(10));
    });
    CHECK(is_open());  // nobody has looked for answers yet
    fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::attempt_failed, job); });
    CHECK_FALSE(is_open());
    fixture.store->write([&] { fixture.begin_create(fixture.chunk(0), 2); });
    CHECK(is_open());
  }
}

TEST_CASE("what has no job yet is unsent") {
  Spent fixture;
  CHECK(fixture.store->unsent(fixture.run).records == 30);
  fixture.store->write([&] { fixture.submit(fixture.chunk(0)); });
  fixture.store->write([&] { fixture.finish(fixture.chunk(1)); });
  CHECK(fixture.store->unsent(fixture.run).records == 10);
  CHECK(fixture.store->unsent(fixture.run).tokens == 100);
}

TEST_CASE("finished jobs of the model come newest first, with what they took") {
  Spent fixture;
  for (int i = 0; i < 3; ++i)
    fixture.store->write([&] {
      const JobKey job = fixture.submit(fixture.chunk(i));
      fixture.store->observe(job, seen_in(JobState::succeeded, *fixture.job(job).name, at(61 + 60 * i)), at(900));
      ResultSummary summary = result_of(50 + i, 1);
      if (i == 1) summary.missing = 4;  // its tokens are not those of all its records
      fixture.move(fixture.chunk(i), ChunkEvent::job_ended, job);
      fixture.store->store_result(fixture.run, fixture.chunk(i), job, summary, {}, at(901));
      fixture.move(fixture.chunk(i), ChunkEvent::results_stored);
    });
  const std::vector<FinishedJob> jobs = fixture.store->finished_jobs("gemini-x", 10);
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[0].life == minutes{3});
  CHECK(jobs[2].life == minutes{1});
  CHECK(jobs[0].actual == 52);
  CHECK(jobs[0].estimated == 100);
  CHECK(jobs[1].actual == 0);
  CHECK(fixture.store->finished_jobs("gemini-x", 2).size() == 2);
  CHECK(fixture.store->finished_jobs("gemini-y", 10).empty());
}

TEST_CASE("runs are found by an input's content, and by its path and size") {
  Spent fixture;
  RunKey other;
  fixture.store->write([&] {
    NewRun fresh;
    fresh.id = RunId{"other"};
    fresh.name = "other";
    fresh.project = "project";
    fresh.created_at = at(5);
    Input input;
    input.path = "/data/qa.jsonl";
    input.bytes = 77;
    input.sha256 = std::string(64, 'b');
    fresh.inputs = {input};
    other = fixture.store->add_run(fresh);
  });
  Input asked;
  asked.path = "/elsewhere/qa.jsonl";
  asked.bytes = 77;
  asked.sha256 = std::string(64, 'b');
  CHECK(fixture.store->runs_with_input(asked) == std::vector<std::string>{"other"});
  asked.sha256 = std::string(64, 'c');
  CHECK(fixture.store->runs_with_input(asked).empty());
  asked.path = "/data/qa.jsonl";
  CHECK(fixture.store->runs_with_input(asked) == std::vector<std::string>{"other"});
  asked.bytes = 78;
  CHECK(fixture.store->runs_with_input(asked).empty());
}

TEST_CASE("what came to nothing is told of the tokens of its result, in their proportion") {
  Spent fixture;
  ResultSummary summary = result_of(600, 395);
  summary.tokens_wasted = 100;  // of 1,000 with those of thinking
  fixture.store->write([&] {
    const JobKey job = fixture.submit(fixture.chunk(0));
    fixture.store->store_result(fixture.run, fixture.chunk(0), job, summary, {}, at(5));
  });
  CHECK(fixture.only().wasted_input == 60);
  CHECK(fixture.only().wasted_output == 40);
}
