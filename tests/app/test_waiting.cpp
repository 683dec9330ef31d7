// How long a command stays.
#include <doctest/doctest.h>

#include "app/look.hpp"
#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

Duration time_of(Rig& rig, const std::function<void()>& command) {
  const Instant began = rig.clock.now();
  command();
  return rig.clock.now() - began;
}

}  // namespace

TEST_CASE("without --wait the pause between groups is sat out, and jobs are not waited for") {
  Rig rig;
  rig.ask(44);
  const Duration stayed = time_of(rig, [&] { CHECK(rig.submit().exit == ExitCode::done); });
  CHECK(rig.count(ChunkState::submitted) == 22);
  CHECK(stayed >= minutes{1});
  CHECK(stayed < minutes{2});
}

TEST_CASE("resume makes one round: everything finished is fetched, and running jobs are not waited for") {
  Rig rig;
  rig.ask(8);
  rig.submit();
  Duration stayed = time_of(rig, [&] { CHECK(rig.resume().exit == ExitCode::not_finished); });
  CHECK(stayed < seconds{60});
  rig.clock.advance(minutes{13});
  stayed = time_of(rig, [&] { CHECK(rig.resume().exit == ExitCode::done); });
  CHECK(stayed < seconds{60});
  CHECK(rig.count(ChunkState::done) == 4);
}

TEST_CASE("a wait within the patience is sat out, a longer one is exit 75") {
  fakes::FakeOptions service = with_cap(1);
  service.refusal = {PauseKind::minute, std::nullopt, "slow down", seconds{40}};
  for (const int patience : {60, 20}) {
    CAPTURE(patience);
    Rig rig(service);
    rig.service.options().job.pending = seconds{10};
    rig.service.options().job.running = seconds{10};
    rig.ask(4);
    const ExitCode exit = rig.submit(shortly(Goal::submitted, seconds{patience})).exit;
    CHECK(exit == (patience == 60 ? ExitCode::done : ExitCode::not_finished));
  }
}

TEST_CASE("an outage is not sat out for ever in small steps: the patience bounds it") {
  Rig rig;
  rig.ask(8);
  rig.service.outage(rig.clock.now(), rig.clock.now() + hours{24});
  const Duration stayed = time_of(rig, [&] { CHECK(rig.submit().exit == ExitCode::not_finished); });
  CHECK(stayed <= minutes{2});
  CHECK(rig.service.seen().empty());
}

TEST_CASE("--wait sits out an outage of a day and a quota that is full for hours") {
  Rig rig(with_cap(2));
  rig.service.options().job.running = hours{3};
  rig.ask(12);
  rig.service.outage(rig.clock.now() + hours{1}, rig.clock.now() + hours{25});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 6);
  rig.check_results(12);
}

TEST_CASE("--wait=D stays at most D") {
  Rig rig;
  rig.service.options().job.running = hours{8};
  rig.ask(4);
  const Duration stayed = time_of(rig, [&] { CHECK(rig.submit(at_most(minutes{30})).exit == ExitCode::not_finished); });
  CHECK(stayed >= minutes{29});
  CHECK(stayed <= minutes{31});
}

TEST_CASE("--wait=D ends early when everything is answered") {
  Rig rig;
  rig.ask(4);
  const Duration stayed = time_of(rig, [&] { CHECK(rig.submit(at_most(hours{30})).exit == ExitCode::done); });
  CHECK(stayed < hours{1});
}

TEST_CASE("--wait=D does not wait at all for a pause that ends later") {
  fakes::FakeOptions service = with_cap(0);
  service.refusal = {PauseKind::day, std::nullopt, "per day", std::nullopt};
  Rig rig(service);
  rig.ask(4);
  const Duration stayed = time_of(rig, [&] { CHECK(rig.submit(at_most(minutes{30})).exit == ExitCode::not_finished); });
  CHECK(stayed < minutes{1});
}

TEST_CASE("a daily limit with a hint of 5 s costs one create an hour") {
  fakes::FakeOptions service = with_cap(0);
  service.refusal = {PauseKind::day, "RequestsPerDayPerProject", "per day", seconds{5}};
  Rig rig(service);
  rig.ask(4);
  // From midnight in London it is eight hours to midnight in Los Angeles.
  CHECK(rig.submit(at_most(hours{7} + minutes{30})).exit == ExitCode::not_finished);
  CHECK(rig.service.count(Call::create) >= 7);
  CHECK(rig.service.count(Call::create) <= 8);
}

TEST_CASE("a list that asks to be left alone for ever is read again within a quarter of an hour") {
  Rig rig;
  rig.ask(2);
  Failure overloaded = fakes::server_failure();
  overloaded.retry_after = Duration::max();
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 3, .answer = overloaded});
  const Duration stayed = time_of(rig, [&] { CHECK(rig.submit(patiently()).exit == ExitCode::done); });
  CHECK(stayed < minutes{40});
}

TEST_CASE("a signal ends the command with its code, after the create under way was answered") {
  for (const int signal : {2, 15}) {
    CAPTURE(signal);
    Rig rig;
    rig.ask(8);
    rig.door.before_wait = [&](Instant) {
      if (rig.service.count(Call::create) == 2) rig.signal = signal;
    };
    CHECK(rig.exit_of([&] { return rig.submit(patiently()); }) ==
          (signal == 2 ? ExitCode::interrupted : ExitCode::terminated));
    CHECK(rig.count(ChunkState::submitted) == 2);
    CHECK(rig.count(ChunkState::creating) == 0);
    rig.signal = 0;
    rig.door.before_wait = {};
    CHECK(rig.resume(patiently()).exit == ExitCode::done);
    CHECK(rig.service.jobs().size() == 4);
    rig.check_results(8);
  }
}

TEST_CASE("a create that is not answered keeps an interrupted command for seconds, not for its time-out") {
  Rig rig;
  rig.ask(2);
  rig.service.options().create = seconds{90};
  rig.door.before_wait = [&](Instant) {
    if (rig.service.count(Call::create) == 1) rig.signal = 2;
  };
  const Duration stayed =
      time_of(rig, [&] { CHECK(rig.exit_of([&] { return rig.submit(); }) == ExitCode::interrupted); });
  CHECK(stayed <= seconds{8});
  rig.signal = 0;
  rig.door.before_wait = {};
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 1);
}

TEST_CASE("status looks, releases the holds of ended jobs, and moves no chunk") {
  Rig rig;
  rig.ask(6);
  rig.submit();
  rig.clock.advance(minutes{13});
  CHECK(rig.store->held("project", "gemini-x", rig.clock.now()).jobs == 3);
  CHECK(look(rig.context, rig.run()).empty());
  CHECK(rig.store->held("project", "gemini-x", rig.clock.now()).jobs == 0);
  CHECK(rig.count(ChunkState::submitted) == 3);
  CHECK(rig.report().jobs[static_cast<std::size_t>(JobState::succeeded)] == 3);
  rig.check_rows();
  CHECK(rig.resume().exit == ExitCode::done);
  rig.check_results(6);
}

TEST_CASE("what status saw makes room for the next creates") {
  Rig rig(with_cap(3));
  rig.ask(12);
  CHECK(rig.submit().exit == ExitCode::not_finished);
  rig.clock.advance(minutes{13});
  look(rig.context, rig.run());
  CHECK(rig.report().state == RunState::submitting);
  rig.resume();
  CHECK(rig.service.jobs().size() == 6);
}

TEST_CASE("status does not ask again within 30 s, and says why when it cannot ask") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  rig.clock.advance(seconds{20});
  const auto lists = rig.service.count(Call::list);
  CHECK(look(rig.context, rig.run()).empty());
  CHECK(rig.service.count(Call::list) == lists);
  rig.clock.advance(seconds{60});
  rig.context.service = nullptr;
  CHECK_FALSE(look(rig.context, rig.run()).empty());
  rig.context.service = &rig.door;
  rig.service.outage(rig.clock.now(), rig.clock.now() + hours{1});
  CHECK(look(rig.context, rig.run()).find("could not be asked") != std::string::npos);
  rig.check_rows();
}
