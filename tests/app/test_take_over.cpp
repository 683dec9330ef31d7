// A database that is older than the service: copied to another machine, or restored from a backup.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <filesystem>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

struct Death {};

/// The rig's run as it was at a moment, and the same service: what another batchctl does there, this database does not
/// know. The other one is played by the rig itself before its store is put back.
struct Restored {
  Rig rig;
  std::string backup;

  explicit Restored(fakes::FakeOptions options = {}) : rig(options) {}
  void back_up() { backup = rig.back_up(); }
  void restore() {
    rig.die();
    rig.restore(backup);
  }
};

const Duration kSettled = seconds{20 + 120 + 60};  // S + D + G

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
  Restored world;
  Rig& rig = world.rig;
  rig.ask(2);
  rig.service.options().plan = [](const fakes::FakeJob& job) {
    fakes::JobPlan plan;
    if (job.serial == 1) {
      plan.end = JobState::failed;
      plan.has_output = false;
    }
    return plan;
  };
  rig.submit();
  world.back_up();
  rig.clock.advance(hours{1});
  rig.resume(at_most(minutes{5}));
  REQUIRE(rig.service.jobs().size() == 2);
  world.restore();
  CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::attention);
  CHECK(rig.resume(patiently(), true).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 2);
  CHECK(rig.job(0).attempt == 2);
  CHECK(rig.job(0).origin == JobOrigin::imported);
  rig.check_results(2);
  rig.check_rows();
}
