// A database that is older than the service, and nobody has said so: nothing is created by it, however little of the
// job list can be read.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "app/cancel.hpp"
#include "app/strays.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// Pages of one job, so that a reading can fail half-way, with strangers' jobs in front.
fakes::FakeOptions small_pages() {
  fakes::FakeOptions options;
  options.list_page = 1;
  return options;
}

void add_strangers(Rig& rig) {
  for (int i = 0; i < 3; ++i) rig.service.add_job("gemini-x", fmt::format("somebody else's {}", i));
}

void check_is_refused(Rig& rig, const Stay& stay) {
  const std::uint64_t creates = rig.service.count(Call::create);
  CHECK(rig.exit_of([&] { return rig.resume(stay); }) == ExitCode::attention);
  REQUIRE(rig.run().stop.has_value());
  CHECK(rig.run().stop->reason == "copied_database");
  CHECK(rig.service.count(Call::create) == creates);
}

}  // namespace

TEST_CASE("a database of before the run's first driver creates nothing that is there already") {
  Restored world;
  Rig& rig = world.rig;
  rig.ask(4);
  rig.service.options().job.running = hours{20};
  plan_only(rig);
  world.back_up();
  rig.submit();
  REQUIRE(rig.service.jobs().size() == 2);
  world.restore();
  rig.clock.advance(hours{1});
  check_is_refused(rig, at_most(minutes{30}));
  CHECK(rig.resume(patiently(), true).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 2);
  rig.check_service();
  rig.check_results(4);
}

TEST_CASE("a stale database is seen to be stale although its newest job is dated in the future") {
  OneOfFour world(small_pages());
  add_strangers(world.rig);
  world.rig.service.set_clock(-hours{24});
  check_is_refused(world.rig, at_most(minutes{30}));
  CHECK(world.rig.resume(patiently(), true).exit == ExitCode::done);
  world.check_each_made_once();
}

TEST_CASE("a stale database is seen to be stale although our clock was a day ahead at its newest create") {
  OneOfFour world(small_pages(), [](Rig& rig) {
    rig.service.set_clock(-hours{24});
    rig.resume(at_most(minutes{1}));  // the service's own date of the job becomes known
  });
  add_strangers(world.rig);
  world.rig.clock.advance(hours{25});
  check_is_refused(world.rig, at_most(minutes{30}));
  CHECK(world.rig.resume(patiently(), true).exit == ExitCode::done);
  world.check_each_made_once();
}

TEST_CASE("a stale database is seen to be stale although the list fails half-way nine times") {
  OneOfFour world(small_pages());
  add_strangers(world.rig);
  world.rig.service.order(
      {.on = Call::list, .fault = Fault::answers, .nth = 3, .times = 9, .answer = fakes::server_failure()});
  check_is_refused(world.rig, at_most(minutes{30}));
  CHECK(world.rig.resume(patiently(), true).exit == ExitCode::done);
  world.check_each_made_once();
}

TEST_CASE("a database that was found to be stale creates nothing while the list cannot be read again") {
  OneOfFour world;
  Rig& rig = world.rig;
  check_is_refused(rig, at_most(minutes{5}));
  const std::uint64_t creates = rig.service.count(Call::create);
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 1000, .answer = fakes::server_failure()});
  CHECK(rig.exit_of([&] { return rig.resume(at_most(hours{3})); }) != ExitCode::done);
  CHECK(rig.service.count(Call::create) == creates);
  REQUIRE(rig.run().stop.has_value());
  CHECK(rig.run().stop->reason == "copied_database");
}

TEST_CASE("a wish to cancel does not make a stale database forget that it is stale") {
  OneOfFour world;
  Rig& rig = world.rig;
  check_is_refused(rig, at_most(minutes{5}));
  REQUIRE(wish_cancel(rig.context, "qa").has_value());
  REQUIRE(rig.run().stop.has_value());
  CHECK(rig.run().stop->reason == "copied_database");
  rig.resume(patiently(), true);
  CHECK(rig.service.active_jobs() == 0);
  CHECK(rig.service.jobs().size() == 4);
}

TEST_CASE("download leaves a stale run as it is, and one that is being taken over") {
  OneOfFour world;
  Rig& rig = world.rig;
  const std::uint64_t creates = rig.service.count(Call::create);
  CHECK(rig.download().exit == ExitCode::not_finished);
  CHECK(rig.witness.heard("nothing is created by it until batchctl resume --take-over"));
  CHECK_FALSE(rig.run().stop.has_value());

  rig.resume(shortly(Goal::round, seconds{0}), true);
  REQUIRE(rig.store->taking_over_since(rig.run().key).has_value());
  CHECK(rig.download().exit == ExitCode::not_finished);
  CHECK(rig.store->taking_over_since(rig.run().key).has_value());
  CHECK(rig.service.count(Call::create) == creates);

  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.count(Call::create) == creates);
  world.check_each_made_once();
}

TEST_CASE("copies of several runs in one loop are each refused, and each taken over") {
  Restored world(with_cap(2));
  Rig& rig = world.rig;
  rig.ask(8);
  rig.submit();
  rig.ask(8, "qb.jsonl");
  rig.submit();
  world.back_up();
  rig.clock.advance(hours{1});
  app::resume(rig.context, {{}, rig.request.choose, at_most(hours{2})});
  const std::size_t made = rig.service.jobs().size();
  REQUIRE(made == 8);
  world.restore();

  for (const Driven& one : app::resume(rig.context, {{}, rig.request.choose, at_most(hours{1})}))
    CHECK(one.exit == ExitCode::attention);
  CHECK(rig.service.jobs().size() == made);

  for (const Driven& one : app::resume(rig.context, {{}, rig.request.choose, patiently(), true}))
    CHECK(one.exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == made);
  rig.check_service();
  rig.check_rows();
  rig.check_results(8, "qa");
  rig.check_results(8, "qb");
}
