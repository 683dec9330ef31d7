// Second jobs of one create: what they answered is kept, and no attempt is made or given up while they may answer.
#include <doctest/doctest.h>

#include "app/strays.hpp"

using namespace batchctl;
using namespace batchctl::app;

TEST_CASE("half of the answers of a duplicate do not stand for those that its chunk's own job will bring") {
  Rig rig;
  rig.request.settings.chunk_records = 4;
  rig.ask(4);
  rig.service.options().plan = by_serial({{1, runs_for(hours{20})}, {2, answers_share(0.5)}});
  rig.submit();
  make_twin(rig, 0);
  rig.clock.advance(hours{1});  // the duplicate has ended
  rig.resume();
  REQUIRE(rig.service.count(Call::fetch) == 1);
  CHECK(rig.state(0) == ChunkState::submitted);
  CHECK(rig.report().records.outstanding == 4);
  CHECK(rig.report().records.failed == 0);
  const Downloaded got = rig.download();
  CHECK_FALSE(got.written);
  CHECK(got.exit == ExitCode::not_finished);

  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.report().records.answered == 4);
  CHECK(rig.store->duplicates(rig.run().key).empty());  // its answers are stored, as wasted
  CHECK(rig.store->usage(rig.run().key).wasted > 0);
  rig.check_results(4);
}

TEST_CASE("half of the answers of a duplicate are kept when its chunk's own job fails, and only the rest is repaired") {
  Rig rig;
  rig.request.settings.chunk_records = 4;
  rig.ask(4);
  JobPlan late_failure = fails();
  late_failure.running = hours{2};
  rig.service.options().plan = by_serial({{1, late_failure}, {2, answers_share(0.5)}});
  rig.submit();
  make_twin(rig, 0);
  rig.clock.advance(hours{1});
  rig.resume(patiently());
  CHECK(rig.report().records.answered == 4);
  CHECK(rig.service.count(Call::create) == 2);
  CHECK(rig.chunk(1).records == 2);
  CHECK(rig.state(0) == ChunkState::done);
  rig.check_rows();
  rig.check_results(4);
}

TEST_CASE("a duplicate without any answer does not use up an attempt of its chunk") {
  Rig rig;
  rig.ask(2);
  JobPlan late_failure = fails();
  late_failure.running = hours{2};
  rig.service.options().plan = by_serial({{1, late_failure}, {2, answers_share(0.0)}});
  rig.submit();
  make_twin(rig, 0);
  rig.clock.advance(hours{1});
  rig.resume();
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.job(0).attempt == 2);
  CHECK(rig.report().records.answered == 2);
  rig.check_rows();
  rig.check_results(2);
}

TEST_CASE("no attempt is made after a failed job whose duplicate has answered everything") {
  Rig rig;
  rig.ask(2);
  rig.service.options().plan = by_serial({{1, fails()}});
  rig.submit();
  make_twin(rig, 0);
  rig.clock.advance(hours{1});  // both have ended before anybody looks
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.count(Call::create) == 1);
  CHECK(rig.report().records.answered == 2);
  rig.check_results(2);
}

TEST_CASE("a chunk is not given up while a duplicate of its last attempt may have answered everything") {
  Rig rig;
  rig.ask(2);
  rig.service.options().plan = by_serial({{1, fails()}, {2, fails()}, {3, fails()}});
  rig.submit();
  for (int minute = 0; minute < 120 && rig.service.jobs().size() < 3; ++minute) rig.resume(at_most(minutes{1}));
  REQUIRE(rig.job(0).attempt == 3);
  make_twin(rig, 0);
  rig.clock.advance(hours{1});
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.state(0) == ChunkState::done);
  CHECK_FALSE(rig.run().stop.has_value());
  CHECK(rig.service.count(Call::create) == 3);
  CHECK(rig.report().records.answered == 2);
  rig.check_rows();
  rig.check_results(2);
}

TEST_CASE("no attempt is made beside a duplicate that still runs") {
  Rig rig;
  rig.ask(2);
  rig.service.options().plan = by_serial({{1, fails()}, {2, runs_for(hours{5})}});
  rig.submit();
  const std::string twin = make_twin(rig, 0);
  rig.clock.advance(hours{1});
  rig.service.order({.on = Call::cancel, .fault = Fault::answers, .times = 3, .answer = fakes::server_failure()});
  bool is_alone = true;
  rig.door.before_start = [&](const Request& request) {
    if (std::holds_alternative<CreateJob>(request)) is_alone = rig.service.active_jobs() == 0;
  };
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(job_called(rig, twin).cancelled_at.has_value());
  CHECK(is_alone);
  CHECK(rig.service.count(Call::create) == 2);
  CHECK(rig.report().records.answered == 2);
  rig.check_rows();
  rig.check_results(2);
}

TEST_CASE("a duplicate that is listed late spares the attempt that its chunk is about to make") {
  Rig rig;
  show_twin_late(rig);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 2);
  CHECK(duplicates_of(rig, 0).size() == 1);
  CHECK(rig.report().records.answered == 2);
  rig.check_rows();
  rig.check_results(2);
}

TEST_CASE("a duplicate that never ends does not make a complete run need attention") {
  Rig rig;
  rig.ask(2);
  JobPlan endless = runs_for(hours{900});
  endless.life = hours{900};
  rig.service.options().plan = by_serial({{2, endless}});
  rig.submit();
  make_twin(rig, 0);
  rig.service.order({.on = Call::cancel, .fault = Fault::answers, .times = 1000, .answer = fakes::server_failure()});
  rig.clock.advance(hours{1});
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.clock.advance(hours{100});
  const auto again = app::resume(rig.context, {"qa", rig.request.choose, shortly()});
  CHECK(again.front().exit == ExitCode::done);
  CHECK_FALSE(rig.run().stop.has_value());
  rig.check_results(2);
}

TEST_CASE("a duplicate that could not be told to stop is told again by a command that waits") {
  Rig rig;
  rig.ask(2);
  rig.service.options().job.running = hours{5};
  rig.submit();
  const std::string twin = make_twin(rig, 0);
  rig.service.order({.on = Call::cancel, .fault = Fault::answers, .answer = fakes::server_failure()});
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.count(Call::cancel) == 2);
  CHECK(job_called(rig, twin).cancelled_at.has_value());
  rig.check_results(2);
}

TEST_CASE("a duplicate is known by the service's own clock, whatever was done to ours since") {
  Rig rig;
  rig.ask(2);
  rig.service.options().job.running = hours{5};
  rig.submit();
  rig.clock.advance(seconds{2});
  const std::string twin = make_twin(rig, 0);
  SUBCASE("set back") { rig.service.set_clock(-hours{1}); }
  SUBCASE("set forward") { rig.service.set_clock(hours{1}); }
  rig.resume();
  CHECK(duplicates_of(rig, 0).size() == 1);
  CHECK(job_called(rig, twin).cancelled_at.has_value());
  CHECK(rig.service.count(Call::cancel) == 1);
}

TEST_CASE("download says that a duplicate runs on, and tells nobody to stop") {
  Rig rig;
  rig.ask(2);
  rig.service.options().job.running = hours{5};
  rig.submit();
  rig.clock.advance(seconds{2});
  make_twin(rig, 0);
  CHECK(rig.download().exit == ExitCode::not_finished);
  CHECK(rig.witness.heard("it runs on until batchctl resume stops it"));
  CHECK(rig.service.count(Call::cancel) == 0);
  rig.check_rows();
}
