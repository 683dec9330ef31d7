// Jobs that were found at the service and get their rows late: duplicates, and what another copy of the database made.
#include <set>

#include "store/fixture.hpp"

using namespace batchctl;

namespace {

FoundJob found_as(Fixture& fixture, ChunkKey chunk, const std::string& name, JobOrigin origin, int attempt = 1) {
  FoundJob found;
  found.chunk = chunk;
  found.attempt = attempt;
  found.model = "gemini-x";
  found.display_name = "bc/found";
  found.tokens = 70;
  found.intent_at = at(6);
  found.epoch = fixture.epoch;
  found.name = JobName{name};
  found.origin = origin;
  return found;
}

JobKey add(Fixture& fixture, const FoundJob& found) {
  JobKey key;
  fixture.store->write([&] { key = fixture.store->add_found_job(found); });
  return key;
}

void store_result(Fixture& fixture, int index, JobKey job, std::int64_t ok) {
  ResultSummary summary;
  summary.ok = ok;
  fixture.store->write(
      [&] { fixture.store->store_result(fixture.run, fixture.chunk(index), job, summary, {}, at(9)); });
}

std::vector<JobKey> keys_of(const std::vector<Job>& jobs) {
  std::vector<JobKey> keys;
  for (const Job& job : jobs) keys.push_back(job.key);
  return keys;
}

}  // namespace

TEST_CASE("a found job comes back with its name and lives") {
  Fixture fixture;
  FoundJob found = found_as(fixture, fixture.chunk(0), "batches/found", JobOrigin::imported, 2);
  fixture.store->write([&] { found.file = fixture.store->add_file(fixture.chunk(0), 1, RemoteFileName{"f"}, 1, "h"); });
  const Job job = fixture.job(add(fixture, found));
  CHECK(job.chunk == fixture.chunk(0));
  CHECK(job.attempt == 2);
  CHECK(job.model == "gemini-x");
  CHECK(job.display_name == "bc/found");
  CHECK(job.file == found.file);
  CHECK(job.intent_at == at(6));
  CHECK(job.name == JobName{"batches/found"});
  CHECK(job.origin == JobOrigin::imported);
  CHECK(job.hold == Hold::live);
  CHECK(fixture.store->held("project", "gemini-x", at(0)).tokens == 70);
  CHECK(fixture.store->newest_job(fixture.chunk(0))->key == job.key);
  CHECK(fixture.state(0) == ChunkState::planned);  // the caller moves the chunk
}

TEST_CASE("the found job that supersedes another is its chunk's only one that holds") {
  Fixture fixture;
  JobKey first;
  fixture.store->write([&] { first = fixture.submit(fixture.chunk(0)); });
  FoundJob found = found_as(fixture, fixture.chunk(0), "batches/found", JobOrigin::imported, 2);
  CHECK_THROWS_AS(add(fixture, found), Bug);  // two live jobs of a chunk
  found.supersedes = first;
  const JobKey second = add(fixture, found);
  CHECK(fixture.job(first).hold == Hold::none);
  CHECK(fixture.job(second).hold == Hold::live);
  CHECK(fixture.store->held("project", "gemini-x", at(0)).jobs == 1);
  CHECK(fixture.store->newest_job(fixture.chunk(0))->key == second);
  CHECK(fixture.number("SELECT superseded_by FROM job WHERE job = " + std::to_string(first.value)) == second.value);
}

TEST_CASE("a found job supersedes only a job of its own chunk, and changes nothing otherwise") {
  Fixture fixture;
  JobKey other;
  fixture.store->write([&] { other = fixture.submit(fixture.chunk(1)); });
  FoundJob found = found_as(fixture, fixture.chunk(0), "batches/found", JobOrigin::imported);
  found.supersedes = other;
  CHECK_THROWS_AS(add(fixture, found), Bug);
  CHECK(fixture.job(other).hold == Hold::live);
  CHECK(fixture.store->jobs_of(fixture.chunk(0)).empty());
}

TEST_CASE("a driver whose epoch is over records no found job") {
  Fixture fixture;
  const FoundJob found = found_as(fixture, fixture.chunk(0), "batches/found", JobOrigin::duplicate);
  fixture.store->write([&] { fixture.store->begin_driving(fixture.run, DriverMark{2, "host", at(1)}); });
  CHECK_THROWS_AS(add(fixture, found), EpochLost);
  CHECK(fixture.store->jobs_of(fixture.chunk(0)).empty());
}

TEST_CASE("a duplicate holds beside its chunk's own job, which stays the newest") {
  Fixture fixture;
  JobKey own;
  fixture.store->write([&] { own = fixture.submit(fixture.chunk(0)); });
  const JobKey twin = add(fixture, found_as(fixture, fixture.chunk(0), "batches/twin", JobOrigin::duplicate));
  CHECK(fixture.store->held("project", "gemini-x", at(0)).jobs == 2);
  CHECK(fixture.store->held("project", "gemini-x", at(0)).tokens == 170);
  CHECK(fixture.store->newest_job(fixture.chunk(0))->key == own);
  CHECK(keys_of(fixture.store->jobs_of(fixture.chunk(0))) == std::vector{own, twin});
  // A name belongs to one job.
  CHECK_THROWS_AS(add(fixture, found_as(fixture, fixture.chunk(1), "batches/twin", JobOrigin::duplicate)), Bug);
}

TEST_CASE("the duplicates are those of one run that no result is stored of, oldest first") {
  Fixture fixture;
  JobKey own;
  fixture.store->write([&] { own = fixture.submit(fixture.chunk(0)); });
  const JobKey first = add(fixture, found_as(fixture, fixture.chunk(1), "batches/twin-1", JobOrigin::duplicate));
  const JobKey second = add(fixture, found_as(fixture, fixture.chunk(0), "batches/twin-2", JobOrigin::duplicate));
  add(fixture, found_as(fixture, fixture.chunk(2), "batches/theirs", JobOrigin::imported));
  const RunKey run = fixture.run;
  CHECK(keys_of(fixture.store->duplicates(run)) == std::vector{first, second});
  store_result(fixture, 0, own, 10);  // of its chunk's own job
  CHECK(keys_of(fixture.store->duplicates(run)) == std::vector{first, second});
  store_result(fixture, 1, first, 0);
  CHECK(keys_of(fixture.store->duplicates(run)) == std::vector{second});
  CHECK(fixture.store->duplicates(fixture.add_run("two", {1})).empty());
}

TEST_CASE("answered chunks wait for a job although a stored result has answers of theirs") {
  Fixture fixture({10, 10, 10, 10, 10});
  std::vector<JobKey> jobs;
  fixture.store->write([&] {
    for (const int index : {0, 1, 2, 3}) jobs.push_back(fixture.submit(fixture.chunk(index)));
    for (const int index : {0, 1, 3}) {
      const JobKey own = jobs[static_cast<std::size_t>(index)];
      fixture.move(fixture.chunk(index), ChunkEvent::attempt_failed, own);
    }
    fixture.move(fixture.chunk(3), ChunkEvent::file_aged);
    REQUIRE(fixture.state(0) == ChunkState::uploaded);
    REQUIRE(fixture.state(3) == ChunkState::planned);
  });
  store_result(fixture, 0, jobs[0], 4);
  store_result(fixture, 1, jobs[1], 0);  // a result without answers
  store_result(fixture, 2, jobs[2], 4);  // it has a job
  store_result(fixture, 3, jobs[3], 1);
  const std::vector<ChunkKey> answered = fixture.store->answered_chunks(fixture.run);
  CHECK(std::set(answered.begin(), answered.end()) == std::set{fixture.chunk(0), fixture.chunk(3)});
  fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::results_stored); });
  CHECK(fixture.store->answered_chunks(fixture.run) == std::vector{fixture.chunk(3)});
  CHECK(fixture.store->answered_chunks(fixture.add_run("two", {1})).empty());
}
