// The net below the create protocol: the whole list is compared with the intents.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// The service (or something between) makes one more job of what chunk `index` was created from.
std::string make_twin(Rig& rig, int index) {
  const Job job = rig.job(index);
  const std::string file = rig.store->file(job.file)->name.value;
  return rig.service.add_job(job.model, job.display_name, file, job.tokens);
}

const fakes::FakeJob& job_called(const Rig& rig, const std::string& name) {
  const auto& jobs = rig.service.jobs();
  return *std::find_if(jobs.begin(), jobs.end(), [&](const fakes::FakeJob& job) { return job.name == name; });
}

std::vector<std::string> events_of(Rig& rig, int index) {
  std::vector<std::string> all;
  for (const JournalLine& line : rig.store->journal(rig.run().key, rig.chunk(index).key)) all.push_back(line.event);
  return all;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<Job> duplicates_of(Rig& rig, int index) {
  std::vector<Job> all;
  for (const Job& job : rig.store->jobs_of(rig.chunk(index).key))
    if (job.origin == JobOrigin::duplicate) all.push_back(job);
  return all;
}

}  // namespace

TEST_CASE("a second job of one create is found on resume, cancelled, and told of") {
  Rig rig;
  rig.ask(6);
  rig.submit();
  rig.clock.advance(seconds{2});
  const std::string twin = make_twin(rig, 1);
  rig.resume();
  CHECK(job_called(rig, twin).cancelled_at.has_value());
  const std::vector<Job> duplicates = duplicates_of(rig, 1);
  REQUIRE(duplicates.size() == 1);
  CHECK(duplicates[0].name == JobName{twin});
  CHECK(rig.state(1) == ChunkState::submitted);
  CHECK(rig.job(1).name != JobName{twin});
  CHECK(has(events_of(rig, 1), "duplicate_found"));
  CHECK(rig.witness.heard("one create took effect twice"));
  rig.check_rows();
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_results(6);
  rig.check_rows();
}

TEST_CASE("at a run's end the whole list is read once, and a duplicate in it is found") {
  fakes::FakeOptions service;
  service.list_page = 2;
  Rig rig(service);
  rig.ask(4);
  rig.submit();
  const std::string twin = make_twin(rig, 0);
  for (int i = 0; i < 5; ++i) rig.service.add_job("gemini-x", fmt::format("somebody else's {}", i));
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(duplicates_of(rig, 0).size() == 1);
  CHECK(job_called(rig, twin).cancelled_at.has_value());
  rig.check_rows();
  // A later look at the finished run reads nothing again.
  const std::uint64_t lists = rig.service.count(Call::list);
  const auto again = app::resume(rig.context, {"qa", rig.request.choose, shortly()});
  CHECK(again.front().exit == ExitCode::done);
  CHECK(rig.service.count(Call::list) <= lists + 1);
}

TEST_CASE("a finished duplicate's output is fetched: what is paid for twice is told as wasted") {
  Rig rig;
  rig.ask(2);
  rig.submit();
  make_twin(rig, 0);
  rig.clock.advance(hours{1});  // both have ended
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  const std::vector<Job> duplicates = duplicates_of(rig, 0);
  REQUIRE(duplicates.size() == 1);
  CHECK(rig.store->results_of(rig.chunk(0).key).size() == 2);
  CHECK(rig.store->duplicates(rig.run().key).empty());
  CHECK(has(events_of(rig, 0), "duplicate_stored"));
  CHECK(rig.store->usage(rig.run().key).wasted > 0);
  rig.check_results(2);
  CHECK(rig.report().records.answered == 2);
}

TEST_CASE("records that only the duplicate answered are answered, and no attempt is made for them") {
  Rig rig;
  rig.ask(2);
  std::string twin;
  rig.service.options().plan = [&](const fakes::FakeJob& job) {
    fakes::JobPlan plan;
    if (job.name != twin && job.serial == 1) {
      plan.running = hours{2};
      plan.end = JobState::failed;
      plan.has_output = false;
      plan.error = "internal";
    }
    return plan;
  };
  rig.submit();
  twin = make_twin(rig, 0);
  rig.clock.advance(hours{1});  // the twin has ended, the recorded one has not
  rig.resume();
  CHECK(rig.state(0) == ChunkState::submitted);
  CHECK(rig.report().records.answered == 2);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.state(0) == ChunkState::done);
  CHECK(rig.service.count(Call::create) == 1);
  rig.check_results(2);
}

TEST_CASE("what has our mark, but not our file or our time, is shown with a command and left alone") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  const Job job = rig.job(0);
  std::string stranger;
  SUBCASE("another file") { stranger = rig.service.add_job(job.model, job.display_name, "files/another", 10); }
  SUBCASE("long after every create") {
    rig.clock.advance(minutes{10});
    stranger = make_twin(rig, 0);
  }
  rig.resume();
  CHECK_FALSE(job_called(rig, stranger).cancelled_at.has_value());
  CHECK(duplicates_of(rig, 0).empty());
  CHECK(rig.witness.heard(stranger + " is left alone"));
  CHECK(rig.witness.heard("cancel " + stranger));
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK_FALSE(job_called(rig, stranger).cancelled_at.has_value());
  rig.check_results(4);
}

TEST_CASE("of two jobs that one lost create made, the older is adopted and the other cancelled") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_after});
  rig.submit();
  REQUIRE(rig.state(0) == ChunkState::reconciling);
  rig.clock.advance(seconds{1});
  const std::string twin = make_twin(rig, 0);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.job(0).name == JobName{rig.service.jobs().at(0).name});
  CHECK(rig.job(0).origin == JobOrigin::adopted);
  REQUIRE(duplicates_of(rig, 0).size() == 1);
  CHECK(duplicates_of(rig, 0)[0].name == JobName{twin});
  rig.check_results(2);
  rig.check_rows();
}

TEST_CASE("a create that takes effect after it was given up is taken while its chunk waits for the quota") {
  Rig rig;
  rig.ask(6);
  rig.service.options().job.running = hours{2};
  // Later than any promise: the list proved its absence, and then it is there.
  rig.service.order({.fault = Fault::lost_late, .nth = 2, .late = minutes{8}});
  rig.service.order(
      {.fault = Fault::answers, .nth = 3, .times = 4, .answer = fakes::quota_failure(PauseKind::unknown)});
  rig.submit(at_most(minutes{7}));
  REQUIRE(rig.state(1) == ChunkState::uploaded);
  REQUIRE(rig.service.jobs().size() == 1);
  rig.clock.advance(minutes{2});
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.job(1).origin == JobOrigin::adopted);
  CHECK(rig.service.jobs().size() == 3);
  CHECK(rig.service.most_jobs_of_a_display_name() == 1);
  rig.check_results(6);
  rig.check_rows();
}

TEST_CASE("a duplicate that the service forgets only lets go of its hold") {
  Rig rig;
  rig.ask(2);
  rig.service.options().job.running = hours{3};
  rig.submit();
  const std::string twin = make_twin(rig, 0);
  rig.service.order({.on = Call::cancel, .fault = Fault::answers, .times = 1000, .answer = fakes::server_failure()});
  rig.resume();
  REQUIRE(duplicates_of(rig, 0).at(0).hold == Hold::live);
  rig.service.forget_job(twin);
  rig.resume();
  CHECK(duplicates_of(rig, 0).at(0).hold == Hold::none);
  CHECK(rig.state(0) == ChunkState::submitted);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_results(2);
}

TEST_CASE("a list that cannot be read at the end does not keep the results") {
  Rig rig;
  rig.ask(2);
  rig.submit();
  rig.clock.advance(hours{1});
  rig.resume(shortly(Goal::round, seconds{0}));
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 1000, .answer = fakes::server_failure()});
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_results(2);
}
