#include "store/fixture.hpp"

using namespace batchctl;

namespace {

/// `first+n status` of each history row of a job.
std::vector<std::string> outcomes(Fixture& fixture, JobKey job) {
  SQLite::Statement row(fixture.database(),
                        "SELECT first_record || '+' || n || ' ' || status FROM outcome WHERE job = ? ORDER BY 1");
  row.bind(1, job.value);
  std::vector<std::string> all;
  while (row.executeStep()) all.push_back(row.getColumn(0).getString());
  return all;
}

/// Two jobs of chunk 0 that may both have a result.
struct TwoJobs : Fixture {
  JobKey first, second;
  TwoJobs() : Fixture({10, 10}) {
    store->write([&] {
      first = submit(chunk(0), 1);
      move(chunk(0), ChunkEvent::attempt_failed, first);
      second = submit(chunk(0), 2);
    });
  }
  void result(JobKey key, const std::vector<Problem>& problems) {
    store->write([&] { store->store_result(run, chunk(0), key, ResultSummary{}, problems, at(3)); });
  }
  std::vector<Problem> problems() { return store->problems(run, 0, 20); }
};

}  // namespace

TEST_CASE("a result is stored once for a job") {
  TwoJobs fixture;
  fixture.result(fixture.first, {});
  CHECK_THROWS_AS(fixture.result(fixture.first, {}), Bug);
  CHECK(fixture.store->results_of(fixture.chunk(0)).size() == 1);
}

TEST_CASE("a result comes back as it was stored") {
  Fixture fixture;
  ResultSummary summary;
  summary.raw_path = "072/0.jsonl";
  summary.bytes = 5'000'000'000;
  summary.sha256 = "hash";
  summary.lines = 9;
  summary.ok = 8;
  summary.not_ok = 1;
  summary.missing = 2;
  summary.duplicate_lines = 3;
  summary.unknown_keys = 4;
  summary.tokens_in = 100;
  summary.tokens_out = 200;
  summary.tokens_thinking = 300;
  summary.tokens_cached = 400;
  summary.tokens_wasted = 500;
  JobKey job;
  fixture.store->write([&] {
    job = fixture.submit(fixture.chunk(0));
    fixture.store->store_result(fixture.run, fixture.chunk(0), job, summary, {}, at(5));
  });
  const std::vector<StoredResult> results = fixture.store->results_of(fixture.chunk(0));
  REQUIRE(results.size() == 1);
  CHECK(results[0].job == job);
  CHECK(results[0].job_name == *fixture.job(job).name);
  CHECK(results[0].attempt == 1);
  const ResultSummary& back = results[0].summary;
  CHECK(back.raw_path == summary.raw_path);
  CHECK(back.bytes == summary.bytes);
  CHECK(back.sha256 == summary.sha256);
  CHECK(back.lines == 9);
  CHECK(back.ok == 8);
  CHECK(back.not_ok == 1);
  CHECK(back.missing == 2);
  CHECK(back.duplicate_lines == 3);
  CHECK(back.unknown_keys == 4);
  const Usage usage = fixture.store->usage(fixture.run);
  CHECK(usage.estimated_input == 300);
  CHECK(usage.input == 100);
  CHECK(usage.output == 200);
  CHECK(usage.thinking == 300);
  CHECK(usage.cached == 400);
  CHECK(usage.wasted == 500);
}

TEST_CASE("answers that the service counts and no line shows are told, but for those whose line has no key") {
  TwoJobs fixture;
  ResultSummary summary;
  summary.raw_path = "000/0.jsonl";
  summary.ok = 4;
  summary.not_ok = 2;
  summary.missing = 4;
  summary.unknown_keys = 1;
  const auto problem = [](std::int64_t record, RecordStatus status) {
    Problem one;
    one.record = record;
    one.status = status;
    return one;
  };
  std::vector<Problem> problems = {problem(0, RecordStatus::error), problem(1, RecordStatus::truncated)};
  for (std::int64_t record = 2; record < 6; ++record) problems.push_back(problem(record, RecordStatus::missing));
  const auto unread = [&](std::optional<std::int64_t> succeeded) {
    Observation seen;
    seen.name = *fixture.job(fixture.first).name;
    seen.state = JobState::succeeded;
    seen.stats.succeeded = succeeded;
    fixture.store->write([&] { fixture.store->observe(fixture.first, seen, at(6)); });
    return fixture.store->usage(fixture.run).unread;
  };
  fixture.store->write(
      [&] { fixture.store->store_result(fixture.run, fixture.chunk(0), fixture.first, summary, problems, at(5)); });
  CHECK(unread(9) == 3);  // 4 ok, 1 truncated and 1 without a key can be read
  CHECK(unread(100) == 4);
  CHECK(unread(5) == 0);
  CHECK(unread(std::nullopt) == 0);
}

TEST_CASE("neighbours that agree in everything are one row of history") {
  TwoJobs fixture;
  std::vector<Problem> problems;
  for (const int record : {9, 2, 1, 0, 3, 5, 6}) problems.push_back(problem_of(record, RecordStatus::missing));
  problems[6].message = "other words";  // record 6
  fixture.result(fixture.first, problems);
  CHECK(outcomes(fixture, fixture.first) ==
        std::vector<std::string>{"0+4 missing", "5+1 missing", "6+1 missing", "9+1 missing"});

  problems.clear();
  for (const int record : {0, 1, 2, 3}) problems.push_back(problem_of(record, RecordStatus::truncated));
  problems[1].tokens_out = 5;
  problems[3].code = std::nullopt;
  fixture.result(fixture.second, problems);
  CHECK(outcomes(fixture, fixture.second) ==
        std::vector<std::string>{"0+1 truncated", "1+1 truncated", "2+1 truncated", "3+1 truncated"});
}

TEST_CASE("records that are ok leave no row, however many there are") {
  Fixture fixture({1'000'000});
  fixture.store->write([&] { fixture.finish(fixture.chunk(0), {problem_of(77, RecordStatus::blocked)}); });
  CHECK(fixture.number("SELECT count(*) FROM outcome") == 1);
  CHECK(fixture.number("SELECT count(*) FROM problem") == 1);
  const RecordTally tally = fixture.store->record_tally(fixture.run);
  CHECK(tally.total == 1'000'000);
  CHECK(tally.answered == 999'999);
  CHECK(tally.failed == 1);
  CHECK(tally.outstanding == 0);
}

TEST_CASE("each sentence of the service is stored once") {
  TwoJobs fixture;
  std::vector<Problem> problems;
  for (int record = 0; record < 10; ++record)
    problems.push_back(problem_of(record, RecordStatus::error, record % 2 == 0 ? "even" : "odd"));
  problems[4].message.clear();
  fixture.result(fixture.first, problems);
  CHECK(fixture.number("SELECT count(*) FROM message") == 2);
  const std::vector<Problem> back = fixture.problems();
  REQUIRE(back.size() == 10);
  CHECK(back[0].message == "even");
  CHECK(back[3].message == "odd");
  CHECK(back[4].message.empty());
}

TEST_CASE("a problem comes back with its code and the tokens that its result counted") {
  TwoJobs fixture;
  fixture.result(fixture.first, {Problem{3, RecordStatus::truncated, std::nullopt, "cut", 12, 34},
                                 Problem{4, RecordStatus::truncated, std::nullopt, "cut", 12, 34},
                                 Problem{5, RecordStatus::error, 8, "limit", 0, 0}});
  const std::vector<Problem> back = fixture.store->problems(fixture.run, 4, 2);
  REQUIRE(back.size() == 2);
  CHECK(back[0].record == 4);
  CHECK_FALSE(back[0].code.has_value());
  CHECK(back[0].message == "cut");
  CHECK(back[0].tokens_in == 12);
  CHECK(back[0].tokens_out == 34);
  CHECK(back[1].code == 8);
  CHECK(back[1].tokens_out == 0);
}

TEST_CASE("the first stored ok of a record stands for ever") {
  TwoJobs fixture;
  SUBCASE("a later failure does not take it away") {
    fixture.result(fixture.first, {});
    fixture.result(fixture.second, {problem_of(3, RecordStatus::error)});
    CHECK(fixture.problems().empty());
  }
  SUBCASE("a later ok ends a problem") {
    fixture.result(fixture.first, {problem_of(3, RecordStatus::error), problem_of(4, RecordStatus::error)});
    fixture.result(fixture.second, {problem_of(4, RecordStatus::error)});
    REQUIRE(fixture.problems().size() == 1);
    CHECK(fixture.problems()[0].record == 4);
  }
}

TEST_CASE("the better problem stays, of equal ones the later") {
  TwoJobs fixture;
  const auto after = [&](RecordStatus first, RecordStatus second) {
    fixture.result(fixture.first, {problem_of(3, first, "first")});
    fixture.result(fixture.second, {problem_of(3, second, "second")});
    REQUIRE(fixture.problems().size() == 1);
    return fixture.problems()[0].message;
  };
  SUBCASE("better") { CHECK(after(RecordStatus::missing, RecordStatus::error) == "second"); }
  SUBCASE("worse") { CHECK(after(RecordStatus::truncated, RecordStatus::invalid) == "first"); }
  SUBCASE("equal") { CHECK(after(RecordStatus::blocked, RecordStatus::blocked) == "second"); }
}

TEST_CASE("a chunk that ended without output covers its records with one status") {
  Fixture fixture({3, 4});
  fixture.store->write([&] {
    const ChunkKey chunk = fixture.chunk(1);
    const JobKey job = fixture.submit(chunk);
    fixture.move(chunk, ChunkEvent::attempts_spent, job);
    fixture.store->store_no_result(fixture.run, chunk, job, RecordStatus::error, 13, "no output");
  });
  const std::vector<Problem> problems = fixture.store->problems(fixture.run, 0, 100);
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].record == 3);
  CHECK(problems[3].record == 6);
  CHECK(problems[0].status == RecordStatus::error);
  CHECK(problems[0].code == 13);
  CHECK(problems[0].message == "no output");
  const RecordTally tally = fixture.store->record_tally(fixture.run);
  CHECK(tally.answered == 0);
  CHECK(tally.failed == 4);
  CHECK(tally.outstanding == 3);
}

TEST_CASE("what cannot be a result's problem is a bug") {
  TwoJobs fixture;
  const auto refused = [&](const std::vector<Problem>& problems) {
    CHECK_THROWS_AS(fixture.result(fixture.first, problems), Bug);
    CHECK(fixture.number("SELECT count(*) FROM result") == 0);
  };
  refused({problem_of(10, RecordStatus::error)});  // another chunk's record
  refused({problem_of(3, RecordStatus::ok)});
  refused({problem_of(3, RecordStatus::outstanding)});
  refused({problem_of(3, RecordStatus::error), problem_of(3, RecordStatus::blocked)});
  const auto of = [&](RunKey run, ChunkKey chunk, JobKey job) {
    fixture.store->write([&] { fixture.store->store_result(run, chunk, job, ResultSummary{}, {}, at(3)); });
  };
  CHECK_THROWS_AS(of(fixture.run, fixture.chunk(1), fixture.first), Bug);
  CHECK_THROWS_AS(of(RunKey{99}, fixture.chunk(0), fixture.first), Bug);
  CHECK_THROWS_AS(fixture.store->write([&] {
    fixture.store->store_no_result(fixture.run, fixture.chunk(0), fixture.first, RecordStatus::ok, std::nullopt, "");
  }),
                  Bug);
}
