// The net below the create protocol: the whole list is compared with the intents.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>

#include "app/strays.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

std::vector<std::string> events_of(Rig& rig, int index) {
  std::vector<std::string> all;
  for (const JournalLine& line : rig.store->journal(rig.run().key, rig.chunk(index).key)) all.push_back(line.event);
  return all;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
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

TEST_CASE("one failed reading does not end a resume that would sit out a short wait") {
  Rig rig;
  rig.ask(4);
  rig.service.order({.fault = Fault::not_sent});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  REQUIRE(rig.service.jobs().empty());
  rig.clock.advance(minutes{10});
  rig.service.order({.on = Call::list, .fault = Fault::lost_before});
  rig.resume();
  CHECK(rig.service.jobs().size() == 2);
}

TEST_CASE("a late job of a chunk that was being uploaded is taken before its file is looked up") {
  Rig rig;
  rig.ask(2);
  rig.service.options().job.running = hours{20};
  rig.service.order({.fault = Fault::lost_late, .late = minutes{8}});
  rig.service.order(loses_file(2));
  int uploads = 0;
  rig.door.before_start = [&](const Request& request) {
    if (std::holds_alternative<UploadFile>(request) && ++uploads == 2) throw Death{};
  };
  CHECK_THROWS_AS(rig.submit(at_most(minutes{7})), Death);
  rig.door.before_start = {};
  rig.die();
  REQUIRE(rig.state(0) == ChunkState::uploading);
  rig.clock.advance(minutes{10});
  rig.service.options().find_file = seconds{2};  // the list is faster
  rig.resume(at_most(minutes{30}));
  CHECK(rig.state(0) == ChunkState::submitted);
  CHECK(rig.service.jobs().size() == 1);
  CHECK(rig.job(0).origin == JobOrigin::adopted);
  rig.check_rows();
}

TEST_CASE("a late job that is seen while its chunk's next file is on its way is taken when the file is there") {
  Rig rig;
  rig.ask(4);
  rig.service.options().job.running = hours{20};
  rig.service.order({.fault = Fault::lost_late, .nth = 2, .late = minutes{20}});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  REQUIRE(rig.state(1) == ChunkState::reconciling);
  rig.service.order(loses_file());
  rig.service.options().upload = minutes{40};
  int readings = 0;  // that show it while the file is on its way
  rig.door.before_start = [&](const Request& request) {
    const bool is_shown = rig.service.jobs().size() == 2 && rig.state(1) == ChunkState::uploading;
    readings += is_shown && std::holds_alternative<ListJobs>(request) ? 1 : 0;
  };
  rig.submit(at_most(hours{2}));
  CHECK(readings > 0);
  CHECK(rig.service.jobs().size() == 2);
  CHECK(rig.state(1) == ChunkState::submitted);
  CHECK(rig.job(1).origin == JobOrigin::adopted);
  rig.check_service();
  rig.check_rows();
}

TEST_CASE("a run that is resumed goes on when the list was answered and could not be read nine times") {
  Rig rig;
  rig.ask(4);
  rig.service.order({.fault = Fault::not_sent});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  JobPage incomplete;
  incomplete.complete = false;
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 1'000'000, .answer = incomplete});
  rig.resume(at_most(hours{10}));
  CHECK(rig.service.jobs().size() == 2);
  CHECK(rig.service.count(Call::list) >= 9);
  CHECK(rig.service.count(Call::list) < 1000);
  CHECK(rig.witness.heard("nothing is created before the job list was read once"));
  CHECK(rig.witness.heard("batchctl goes on, and reads it when it can"));
}

TEST_CASE("a run that is resumed creates nothing while the service is not reached, and says why") {
  Rig rig;
  rig.ask(4);
  rig.service.order({.fault = Fault::not_sent});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  rig.service.order({.on = Call::list, .fault = Fault::lost_before, .times = 1000});
  CHECK(rig.resume(at_most(hours{10})).exit == ExitCode::not_finished);
  CHECK(rig.service.jobs().empty());
  CHECK(rig.service.count(Call::list) < 1000);
  CHECK(rig.witness.heard("nothing is created before the job list was read once"));
}

TEST_CASE("among lost answers, lists that lag and lists that fail every chunk gets one job") {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    fakes::FakeOptions options = with_cap(3);
    options.list_page = 2;
    options.job.listed = seconds{static_cast<int>(seed * 3 % 60)};
    Rig rig(options);
    rig.random = Random{seed};
    rig.options = [&](Options& chosen) { chosen.paranoid = seed % 2 == 0; };
    constexpr Fault kFaults[] = {Fault::lost_after, Fault::lost_late, Fault::lost_before};
    for (std::uint64_t i = 0; i < 3; ++i)
      rig.service.order({.fault = kFaults[(seed + i) % 3],
                         .nth = 1 + (seed * 7 + i * 3) % 5,
                         .late = seconds{static_cast<int>(seed * 11 % 119)}});
    rig.service.order({.on = Call::list,
                       .fault = Fault::answers,
                       .nth = 1 + seed % 7,
                       .times = 5,
                       .answer = fakes::server_failure()});
    rig.ask(12);
    CHECK(rig.submit(patiently()).exit == ExitCode::done);
    rig.check_service();
    rig.check_rows();
    rig.check_results(12);
  }
}
