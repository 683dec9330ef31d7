#include <algorithm>

#include "store/fixture.hpp"

using namespace batchctl;

namespace {

std::vector<std::string> names_left(Fixture& fixture, Instant now) {
  std::vector<std::string> names;
  for (const LeftFile& left : fixture.store->files_left(fixture.run, now)) names.push_back(left.file.name.value);
  return names;
}

}  // namespace

TEST_CASE("files left are those that may still be at the service, and have a name that was ours to give") {
  Fixture fixture({1, 1, 1, 1, 1, 1, 1});
  fixture.store->write([&] {
    Store& store = *fixture.store;
    const auto add = [&](int index, const char* name) {
      return store.add_file(fixture.chunk(index), 1, RemoteFileName{name}, 1, "h");
    };
    const auto here = [&](int index, const char* name, std::optional<Instant> expires_at) {
      const FileKey key = add(index, name);
      store.file_is_here(key, RemoteFileName{name}, "", "", at(10), expires_at);
      return key;
    };
    here(0, "here", at(1000));
    add(1, "sending");
    store.set_file_state(here(2, "could not be deleted", at(1000)), FileState::gone);
    store.set_file_state(add(3, "never confirmed"), FileState::gone);
    store.set_file_state(here(4, "deleted", at(1000)), FileState::deleted);
    here(5, "without an end", std::nullopt);
    here(6, "", at(1000));
  });
  CHECK(names_left(fixture, at(20)) ==
        std::vector<std::string>{"here", "sending", "could not be deleted", "without an end"});
  CHECK(names_left(fixture, at(1000)) == std::vector<std::string>{"sending", "without an end"});
  CHECK(names_left(fixture, at(10 + 48 * 3600)) == std::vector<std::string>{"sending"});
  CHECK(fixture.store->files_left(fixture.run, at(20)).at(2).chunk_index == 2);
}

TEST_CASE("a job that was deleted is not left, stays so whatever is seen of it, and is not what a key is tested on") {
  Fixture fixture;
  JobKey first, second;
  fixture.store->write([&] {
    first = fixture.finish(fixture.chunk(0));
    second = fixture.submit(fixture.chunk(1));
    fixture.begin_create(fixture.chunk(2));  // has no name
  });
  const std::vector<RemoteJob> left = fixture.store->jobs_left(fixture.run);
  REQUIRE(left.size() == 2);
  CHECK(left[0].job.key == first);
  CHECK(left[0].raw_path.has_value());
  CHECK(left[1].chunk_index == 1);
  CHECK_FALSE(left[1].raw_path.has_value());
  CHECK(fixture.store->known_job(fixture.run) == fixture.job(second).name);

  fixture.store->write([&] { fixture.store->job_is_deleted(second, at(7)); });
  CHECK(fixture.job(second).deleted_at == at(7));
  CHECK(fixture.job(second).hold == Hold::none);
  CHECK(fixture.store->jobs_left(fixture.run).size() == 1);
  CHECK(fixture.store->known_job(fixture.run) == fixture.job(first).name);
  Observation seen;
  seen.state = JobState::succeeded;
  seen.state_word = "SUCCEEDED";
  seen.ended = true;
  fixture.store->write([&] { fixture.store->observe(second, seen, at(8)); });
  CHECK(fixture.job(second).deleted_at == at(7));
  CHECK(fixture.job(second).observed_word == "SUCCEEDED");
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->job_is_deleted(JobKey{99}, at(7)); }), Bug);
}

TEST_CASE("a purge is of one run, once, and ends its repairs") {
  Fixture fixture({10});
  const RunKey other = fixture.add_run("other", {1});
  fixture.run = fixture.store->run_named("qa")->key;
  fixture.epoch = fixture.store->run(fixture.run).epoch;
  fixture.store->write([&] { fixture.finish(fixture.chunk(0), {problem_of(3, RecordStatus::error)}); });
  CHECK(fixture.store->passing_problems(fixture.run, 2) == std::vector<std::int64_t>{3});
  CHECK_FALSE(fixture.store->purged_at(fixture.run).has_value());
  fixture.store->write([&] { fixture.store->purge_run(fixture.run, at(5)); });
  fixture.store->write([&] { fixture.store->purge_run(fixture.run, at(6)); });
  CHECK(fixture.store->purged_at(fixture.run) == at(5));
  CHECK_FALSE(fixture.store->purged_at(other).has_value());
  CHECK(fixture.store->passing_problems(fixture.run, 2).empty());
  CHECK(fixture.store->repair_tally(fixture.run, 2).passing == 0);
  CHECK(fixture.store->record_tally(fixture.run).failed == 1);
}
