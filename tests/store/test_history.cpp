#include "store/fixture.hpp"

using namespace batchctl;

TEST_CASE("every job and intent of a run is told as a stretch of time, and none of another run") {
  Fixture fixture({10, 10});
  const RunKey run = fixture.run;
  const ChunkKey second = fixture.chunk(1);
  fixture.store->write([&] {
    fixture.finish(fixture.chunk(0));
    fixture.begin_create(second);
  });
  fixture.run = fixture.add_run("two", {1});
  fixture.store->write([&] { fixture.submit(fixture.chunk(0)); });

  const std::vector<JobSpan> spans = fixture.store->job_spans(run);
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].chunk_index == 0);
  CHECK(spans[0].named);
  CHECK(spans[0].hold == Hold::none);
  CHECK(spans[0].model == "gemini-x");
  CHECK(spans[0].tokens == 100);
  CHECK(spans[0].intent_at == at(1));
  CHECK(spans[1].chunk_index == 1);
  CHECK_FALSE(spans[1].named);
  CHECK(spans[1].hold == Hold::intent);
  CHECK_FALSE(spans[1].ended_at.has_value());
  CHECK(fixture.store->job_spans(fixture.run).size() == 1);
}

TEST_CASE("what was seen of a job is in its stretch") {
  Fixture fixture({10});
  fixture.store->write([&] {
    const JobKey job = fixture.submit(fixture.chunk(0));
    Observation seen;
    seen.state = JobState::expired;
    seen.ended = true;
    seen.created_at = at(3);
    seen.ended_at = at(70);
    fixture.store->observe(job, seen, at(80));
  });
  const JobSpan span = fixture.store->job_spans(fixture.run).at(0);
  CHECK(span.observed == JobState::expired);
  CHECK(span.created_at == at(3));
  CHECK(span.ended_at == at(70));
  CHECK(span.observed_at == at(80));
}

TEST_CASE("groups of failures add up to the records that failed, those that share an answer or could not be sent too") {
  Fixture fixture({10});
  UnsentRecord skipped, repeat;
  skipped.record = 10;
  skipped.message = "contents is empty";
  repeat.record = 11;
  repeat.same_as = 4;
  const std::vector<UnsentRecord> unsent = {skipped, repeat};
  const RunKey run = fixture.add_run("more", {base_chunk(0, 0, 10)}, unsent, 12);
  fixture.run = run;
  CHECK(fixture.store->failure_groups(fixture.run).size() == 1);
  fixture.store->write([&] {
    fixture.finish(fixture.chunk(0),
                   {problem_of(2, RecordStatus::error, "busy"), problem_of(3, RecordStatus::error, "busy"),
                    problem_of(4, RecordStatus::error, "busy"), problem_of(5, RecordStatus::truncated, "cut")});
  });
  const std::vector<FailureGroup> groups = fixture.store->failure_groups(run);
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].message == "busy");
  CHECK(groups[0].records == 4);  // record 11 has the answer of record 4
  CHECK(groups[0].code == 13);
  std::int64_t sum = 0;
  bool tells_unsent = false;
  for (const FailureGroup& group : groups) {
    sum += group.records;
    tells_unsent = tells_unsent || (!group.sent && group.message == "contents is empty");
  }
  CHECK(tells_unsent);
  CHECK(sum == fixture.store->record_tally(run).failed);
}
