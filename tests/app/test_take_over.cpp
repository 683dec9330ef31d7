// A database that is older than the service: copied to another machine, or restored from a backup.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <filesystem>

#include "app/cancel.hpp"
#include "app/rig.hpp"
#include "app/strays.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

const Duration kSettled = seconds{20 + 120 + 60};  // S + D + G

/// The copy has yet to fetch what its only job has left behind, which is nothing; the other one has done so, and has
/// made the next attempt.
struct EmptyOutput : Restored {
  EmptyOutput() {
    rig.ask(2);
    JobPlan empty = answers_share(0.0);
    empty.end = JobState::failed;
    rig.service.options().plan = by_serial({{1, empty}});
    rig.submit();
    rig.clock.advance(hours{1});
    rig.door.before_start = [](const Request& request) {
      if (std::holds_alternative<FetchOutput>(request)) throw Death{};
    };
    CHECK_THROWS_AS(rig.resume(), Death);
    rig.door.before_start = {};
    rig.die();
    REQUIRE(rig.state(0) == ChunkState::fetching);
    back_up();
    rig.resume(at_most(minutes{5}));
    REQUIRE(rig.service.jobs().size() == 2);
    restore();
  }

  void check_second_attempt_is_ours() {
    CHECK(rig.service.jobs().size() == 2);
    CHECK(rig.job(0).attempt == 2);
    CHECK(rig.job(0).origin == JobOrigin::imported);
    rig.check_rows();
    rig.check_results(2);
  }
};

}  // namespace

TEST_CASE("a restored database creates nothing that the service has already, and says so") {
  Restored world(with_cap(2));
  Rig& rig = world.rig;
  rig.ask(8);
  rig.submit();
  REQUIRE(rig.service.jobs().size() == 2);
  world.back_up();
  rig.clock.advance(hours{1});
  rig.resume();
  REQUIRE(rig.service.jobs().size() > 2);
  world.restore();

  const std::size_t made = rig.service.jobs().size();
  CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::attention);
  CHECK(rig.service.jobs().size() == made);
  REQUIRE(rig.run().stop.has_value());
  CHECK(rig.run().stop->reason == "copied_database");
  CHECK(rig.report().next == "batchctl resume --take-over qa");
  // Once more changes nothing.
  CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::attention);
  CHECK(rig.service.jobs().size() == made);

  CHECK(rig.resume(patiently(), true).exit == ExitCode::done);
  CHECK(rig.service.most_jobs_of_a_display_name() == 1);
  CHECK(rig.service.jobs().size() == 4);
  CHECK(rig.witness.heard("taken over"));
  rig.check_service();
  rig.check_rows();
  rig.check_results(8);
}

TEST_CASE("a state file that is another file than the one that was made creates nothing until it is taken over") {
  Rig rig(with_cap(2));
  rig.reopen();
  rig.ask(8);
  rig.submit();
  rig.close();
  const std::string path = rig.context.state_path;
  std::filesystem::copy_file(path, path + ".copy");
  std::filesystem::rename(path + ".copy", path);
  rig.clock.advance(hours{1});
  rig.reopen();
  const std::size_t asked = rig.service.seen().size();
  CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::attention);
  CHECK(rig.exit_of([&] { return rig.submit(patiently()); }) == ExitCode::attention);
  CHECK(rig.service.seen().size() == asked);
  CHECK(rig.resume(patiently(), true).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 4);
  rig.check_service();
  rig.check_results(8);
}

TEST_CASE("a database restored to before any job adopts all of them") {
  Restored world;
  Rig& rig = world.rig;
  rig.ask(6);
  rig.options = [](Options& options) { options.max_jobs = 1; };
  rig.door.before_start = [&](const Request& request) {
    if (std::holds_alternative<CreateJob>(request) && world.backup.empty()) throw Death{};
  };
  CHECK_THROWS_AS(rig.submit(), Death);
  rig.die();
  world.back_up();
  rig.options = [](Options& options) { options.max_jobs = 95; };
  rig.clock.advance(minutes{10});
  rig.resume(at_most(minutes{6}));
  REQUIRE(rig.service.jobs().size() == 3);
  world.restore();
  CHECK(rig.resume(patiently(), true).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 3);
  CHECK(rig.service.most_jobs_of_a_display_name() == 1);
  CHECK(rig.job(2).origin == JobOrigin::imported);
  rig.check_results(6);
  rig.check_rows();
}

TEST_CASE("what is taken over waits until the other copy's last create must have shown") {
  Restored world;
  Rig& rig = world.rig;
  rig.ask(2);
  world.rig.service.order({.fault = Fault::not_sent});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  REQUIRE(rig.service.jobs().empty());
  world.back_up();
  // The other one's create is on its way for as long as it may be, and listed as late as it may be.
  rig.service.options().job.listed = seconds{60};
  rig.service.order({.fault = Fault::lost_late, .late = seconds{119}});
  rig.clock.advance(seconds{30});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  REQUIRE(rig.state(0) == ChunkState::reconciling);
  world.restore();
  const Instant began = rig.clock.now();
  CHECK(rig.resume(patiently(), true).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 1);
  std::vector<Instant> creates;
  for (const fakes::Seen& seen : rig.service.seen())
    if (seen.call == Call::create && seen.at >= began) creates.push_back(seen.at);
  CHECK(creates.empty());
  rig.check_results(2);
}

TEST_CASE("a take-over that finds nothing new goes on after two readings of the whole list") {
  Restored world;
  Rig& rig = world.rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::not_sent});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  const Instant began = rig.clock.now();
  SUBCASE("in one go") { CHECK(rig.resume(patiently(), true).exit == ExitCode::done); }
  SUBCASE("interrupted, and without saying it again") {
    CHECK(rig.resume(at_most(seconds{100}), true).exit == ExitCode::not_finished);
    CHECK(rig.service.jobs().empty());
    CHECK(rig.resume(patiently()).exit == ExitCode::done);
  }
  REQUIRE(rig.service.jobs().size() == 1);
  CHECK(rig.service.jobs().at(0).created_at >= began + kSettled + seconds{30});
  CHECK_FALSE(rig.store->taking_over_since(rig.run().key).has_value());
}

TEST_CASE("a later attempt that the copy does not know takes the place of the one it knows") {
  SecondAttemptElsewhere world;
  Rig& rig = world.rig;
  CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::attention);
  CHECK(rig.resume(patiently(), true).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 2);
  CHECK(rig.job(0).attempt == 2);
  CHECK(rig.job(0).origin == JobOrigin::imported);
  rig.check_results(2);
  rig.check_rows();
}

TEST_CASE("a superseded job that the service forgets takes nothing from the one that took its place") {
  SecondAttemptElsewhere world;
  Rig& rig = world.rig;
  rig.service.forget_job(rig.service.jobs().at(0).name);
  CHECK(rig.resume(patiently(), true).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 2);
  CHECK(rig.report().records.answered == 2);
  rig.check_rows();
  rig.check_results(2);
}

TEST_CASE("a job made from a later file than the copy knows is taken, and not made again") {
  Restored world(with_cap(1));
  Rig& rig = world.rig;
  rig.ask(4);
  rig.service.options().job.running = hours{30};
  rig.submit();
  rig.resume(at_most(minutes{5}));
  REQUIRE_FALSE(rig.store->jobs_of(rig.chunk(1).key).empty());  // refused
  world.back_up();
  rig.clock.advance(hours{29});  // its file is too old by then
  rig.resume(at_most(hours{3}));
  REQUIRE(rig.service.jobs().size() == 2);
  REQUIRE(rig.file(1).generation == 2);
  world.restore();
  rig.service.options().max_jobs = 100;
  SUBCASE("resumed") {
    CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::done);
  }
  SUBCASE("taken over") { CHECK(rig.resume(patiently(), true).exit == ExitCode::done); }
  CHECK(rig.service.jobs().size() == 2);
  rig.check_service();
  rig.check_rows();
  rig.check_results(4);
}

TEST_CASE("a create that is being found out takes the other copy's job of the file's next generation") {
  Restored world;
  Rig& rig = world.rig;
  rig.ask(2);
  rig.service.options().job.running = hours{30};
  rig.service.order({.fault = Fault::lost_before});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  REQUIRE(rig.state(0) == ChunkState::reconciling);
  world.back_up();
  rig.service.order(loses_file());
  rig.resume(at_most(minutes{20}));
  REQUIRE(rig.service.jobs().size() == 1);
  REQUIRE(rig.file(0).generation == 2);
  world.restore();
  CHECK(rig.exit_of([&] { return rig.resume(patiently(), true); }) == ExitCode::done);
  CHECK(rig.service.jobs().size() == 1);
  CHECK(rig.job(0).origin == JobOrigin::adopted);
  rig.check_rows();
  rig.check_results(2);
}

TEST_CASE("a job taken over without its input file is not a file to clean or to create from") {
  Rig rig;
  rig.ask(2);
  plan_only(rig);
  rig.service.options().plan = by_serial({{1, fails()}});
  rig.service.add_job("gemini-x", job_display_name(rig.run().id, 0, 1, rig.chunk(0).body_sha256), "", 10);
  int nameless = 0;
  rig.door.before_start = [&](const Request& request) {
    if (const auto* create = std::get_if<CreateJob>(&request)) nameless += create->input.empty() ? 1 : 0;
    if (const auto* clean = std::get_if<DeleteFile>(&request)) nameless += clean->name.empty() ? 1 : 0;
  };
  CHECK(rig.exit_of([&] { return rig.resume(patiently(), true); }) == ExitCode::done);
  CHECK(nameless == 0);
  CHECK(rig.service.jobs().size() == 2);
  CHECK(rig.job(0).attempt == 2);
  rig.check_service();
  rig.check_rows();
  rig.check_results(2);
}

TEST_CASE("a take-over does not read the list again and again while a fetch is under way") {
  EmptyOutput world;
  Rig& rig = world.rig;
  rig.service.order(
      {.on = Call::fetch, .fault = Fault::answers, .latency = minutes{20}, .answer = fakes::server_failure()});
  const std::uint64_t lists = rig.service.count(Call::list);
  CHECK(rig.resume(at_most(minutes{15}), true).exit == ExitCode::not_finished);
  CHECK(rig.service.count(Call::list) - lists < 60);  // at most one every 30 s, after a wait
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  world.check_second_attempt_is_ours();
}

TEST_CASE("a take-over whose fetch only fails ends without --wait, and reads the list now and then") {
  EmptyOutput world;
  Rig& rig = world.rig;
  rig.service.order({.on = Call::fetch, .fault = Fault::answers, .times = 12, .answer = fakes::server_failure()});
  rig.resume(shortly(Goal::round, seconds{0}), true);
  rig.clock.advance(minutes{5});  // the other copy's last create is over
  const std::uint64_t lists = rig.service.count(Call::list);
  rig.door.before_start = [&](const Request&) {
    if (rig.service.count(Call::list) - lists > 1000) throw Death{};
  };
  CHECK(rig.resume(shortly()).exit == ExitCode::not_finished);
  CHECK(rig.service.count(Call::list) - lists < 60);
  rig.door.before_start = {};
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  world.check_second_attempt_is_ours();
}

TEST_CASE("a chunk that was being uploaded is neither looked up nor sent before its job was taken over") {
  Restored world;
  Rig& rig = world.rig;
  rig.ask(2);
  rig.door.before_start = [](const Request& request) {
    if (std::holds_alternative<UploadFile>(request)) throw Death{};
  };
  CHECK_THROWS_AS(rig.submit(), Death);
  rig.door.before_start = {};
  rig.die();
  REQUIRE(rig.state(0) == ChunkState::uploading);
  world.back_up();
  rig.service.options().job.running = hours{5};
  rig.resume(at_most(minutes{5}));
  REQUIRE(rig.service.jobs().size() == 1);
  world.restore();
  rig.service.options().find_file = minutes{15};
  const std::uint64_t lists = rig.service.count(Call::list), uploads = rig.service.count(Call::upload);
  const std::uint64_t looks = rig.service.count(Call::find_file);
  rig.resume(at_most(minutes{20}), true);
  CHECK(rig.state(0) == ChunkState::submitted);
  CHECK(rig.service.count(Call::list) - lists < 60);
  CHECK(rig.service.count(Call::find_file) == looks);
  CHECK(rig.service.count(Call::upload) == uploads);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 1);
  rig.check_rows();
  rig.check_results(2);
}

TEST_CASE("a run that is to be cancelled and taken over leaves none of the other copy's jobs running") {
  Restored world(with_cap(1));
  Rig& rig = world.rig;
  rig.ask(4);
  rig.submit();
  REQUIRE(rig.service.jobs().size() == 1);
  world.back_up();
  rig.clock.advance(hours{1});
  rig.service.options().job.running = hours{5};
  rig.resume(at_most(minutes{5}));
  REQUIRE(rig.service.jobs().size() == 2);
  world.restore();
  REQUIRE(wish_cancel(rig.context, "qa").has_value());
  rig.resume(patiently(), true);
  CHECK(rig.service.active_jobs() == 0);
  CHECK(rig.service.jobs().size() == 2);
  CHECK(rig.job(1).observed == JobState::cancelled);
  rig.check_rows();
}

TEST_CASE("a job that takes the place of a cancelled one is told to stop, too") {
  SecondAttemptElsewhere world(runs_for(hours{20}));
  Rig& rig = world.rig;
  REQUIRE(wish_cancel(rig.context, "qa").has_value());
  rig.resume(at_most(hours{1}), true);
  CHECK(rig.service.active_jobs() == 0);
  CHECK(rig.job(0).attempt == 2);
  CHECK(rig.job(0).observed == JobState::cancelled);
  rig.check_rows();
}

TEST_CASE("a take-over waits for the network however long it is away, and asks nobody to look") {
  Rig rig;
  rig.ask(4);
  rig.service.options().job.running = hours{5};
  rig.submit();
  rig.clock.advance(minutes{1});
  rig.service.order({.on = Call::list, .fault = Fault::lost_before, .times = 14});
  CHECK(rig.exit_of([&] { return rig.resume(patiently(), true); }) == ExitCode::done);
  CHECK_FALSE(rig.run().stop.has_value());
  CHECK(rig.service.jobs().size() == 2);
  rig.check_results(4);
}

TEST_CASE("a create of a paranoid run that is being found out is not looked for again and again by a take-over") {
  Rig rig;
  rig.ask(2);
  rig.options = [](Options& chosen) { chosen.paranoid = true; };
  rig.service.order({.fault = Fault::lost_after});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  REQUIRE(rig.state(0) == ChunkState::reconciling);
  rig.options = [](Options& chosen) { chosen.paranoid = false; };
  const std::uint64_t lists = rig.service.count(Call::list);
  rig.resume(at_most(minutes{14}), true);
  CHECK(rig.service.count(Call::list) - lists < 60);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 1);
  rig.check_results(2);
}

TEST_CASE("a take-over whose list cannot be read stops, and says that the copy could not be compared") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::not_sent});
  rig.submit(shortly(Goal::submitted, seconds{0}));
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 1000, .answer = fakes::server_failure()});
  CHECK(rig.exit_of([&] { return rig.resume(patiently(), true); }) == ExitCode::attention);
  REQUIRE(rig.run().stop.has_value());
  CHECK(rig.run().stop->message.find("this copy of the database could not be compared") != std::string::npos);
  CHECK(rig.service.jobs().empty());
}
