// Several runs, several drivers.
#include <doctest/doctest.h>

#include "app/rig.hpp"
#include "app/runs.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// Two runs of one project, planned but hardly begun.
void plan_two(Rig& rig, int first, int second) {
  rig.service.outage(rig.clock.now(), rig.clock.now() + seconds{1});
  rig.ask(first, "one.jsonl");
  rig.submit(shortly(Goal::submitted, seconds{0}));
  rig.ask(second, "two.jsonl");
  rig.submit(shortly(Goal::submitted, seconds{0}));
  rig.clock.advance(minutes{1});
}

std::vector<Driven> resume_all(Rig& rig, const Stay& stay) {
  return app::resume(rig.context, {std::nullopt, rig.request.choose, stay});
}

}  // namespace

TEST_CASE("two runs are driven together, each to its end") {
  Rig rig;
  plan_two(rig, 30, 20);
  const std::vector<Driven> driven = resume_all(rig, patiently());
  REQUIRE(driven.size() == 2);
  CHECK(driven[0].exit == ExitCode::done);
  CHECK(driven[1].exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 25);
  rig.check_service();
  rig.check_results(30, "one");
  rig.check_results(20, "two");
}

TEST_CASE("one round of two runs leaves neither behind because the other is creating") {
  Rig rig;
  plan_two(rig, 12, 12);
  resume_all(rig, shortly());
  CHECK(rig.count(ChunkState::submitted) == 12);
}

TEST_CASE("two runs share the groups and the job slots of their project") {
  Rig rig;
  rig.options = [](Options& options) { options.max_jobs = 8; };
  plan_two(rig, 40, 40);
  resume_all(rig, patiently());
  CHECK(rig.service.peak_active_jobs() == 8);
  CHECK(rig.service.refusals() == 0);
  CHECK(rig.service.jobs().size() == 40);
}

TEST_CASE("a pause that another process stores in the very turn of a create stops it") {
  Rig rig;
  rig.options = [](Options& options) { options.max_jobs = 1; };
  rig.ask(4);
  Instant until;
  // The first job's end makes room: its answers are fetched and the second create is decided in one turn.
  rig.door.before_start = [&](const Request& request) {
    if (!std::holds_alternative<FetchOutput>(request) || until != Instant{}) return;
    until = rig.clock.now() + minutes{50};
    Breaker breaker;
    breaker.project = "project";
    breaker.kind = PauseKind::minute;
    breaker.open_until = until;
    breaker.since = rig.clock.now();
    rig.store->write([&] { rig.store->save_breaker(breaker); });
  };
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  REQUIRE(rig.service.jobs().size() == 2);
  CHECK(rig.service.jobs()[1].created_at >= until);
}

TEST_CASE("jobs that end are noticed by every run within two looks") {
  Rig rig;
  plan_two(rig, 8, 8);
  std::optional<Instant> first_done, last_done;
  rig.witness.on_move = [&](const Move& move) {
    if (move.to != ChunkState::done) return;
    if (!first_done) first_done = rig.clock.now();
    last_done = rig.clock.now();
  };
  resume_all(rig, patiently());
  REQUIRE(last_done.has_value());
  CHECK(*last_done - *first_done <= minutes{2});
}

TEST_CASE("the poll of one run sees the ends of another's jobs") {
  Rig rig;
  rig.ask(4, "one.jsonl");
  rig.submit();
  rig.ask(4, "two.jsonl");
  rig.submit();
  rig.clock.advance(minutes{13});
  const Run one = rig.run("one");
  app::resume(rig.context, {"two", rig.request.choose, shortly()});
  CHECK(rig.store->held("project", "gemini-x", rig.clock.now()).jobs == 0);
  CHECK(rig.chunk(0, "one").state == ChunkState::submitted);  // its own driver settles it
  CHECK(rig.chunk(0, "two").state == ChunkState::done);
  rig.check_rows();
  CHECK(app::resume(rig.context, {"one", rig.request.choose, shortly()}).front().exit == ExitCode::done);
}

TEST_CASE("a stop of one run does not stop the other") {
  Rig rig;
  plan_two(rig, 6, 6);
  const std::string bad = "bc/" + rig.run("one").id.value + "/";
  rig.door.before_start = [&](const Request& request) {
    const auto* create = std::get_if<CreateJob>(&request);
    if (create != nullptr && create->display_name.starts_with(bad))
      rig.service.order({.fault = Fault::answers, .answer = fakes::stopped_failure("billing")});
  };
  const std::vector<Driven> driven = resume_all(rig, patiently());
  CHECK(driven[0].exit == ExitCode::attention);
  CHECK(driven[1].exit == ExitCode::done);
  CHECK(worst({driven[0].exit, driven[1].exit}) == ExitCode::attention);
  rig.check_results(6, "two");
}

TEST_CASE("a run that another process drives is exit 11, and names it") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  const std::unique_ptr<FileLock> held = try_lock_run(rig.context, rig.run());
  REQUIRE(held != nullptr);
  const std::size_t sent = rig.service.seen().size();
  try {
    rig.resume();
    FAIL("it drove beside the other");
  } catch (const Fatal& fatal) {
    CHECK(fatal.exit() == ExitCode::busy);
  }
  CHECK(rig.exit_of([&] { return rig.submit(); }) == ExitCode::busy);
  CHECK(rig.service.seen().size() == sent);
}

TEST_CASE("download beside a driver uses what is here and asks nothing") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  const std::unique_ptr<FileLock> held = try_lock_run(rig.context, rig.run());
  rig.clock.advance(minutes{13});
  const std::size_t sent = rig.service.seen().size();
  CHECK(rig.download().exit == ExitCode::not_finished);
  CHECK(rig.service.seen().size() == sent);
}

TEST_CASE("a driver whose epoch is lost stops at once and changes no chunk, file or job of the run") {
  Rig rig;
  rig.ask(40);
  int moves = 0;
  bool taken = false;
  std::size_t sent = 0;
  rig.witness.on_move = [&](const Move&) {
    CHECK_FALSE(taken);
    ++moves;
  };
  rig.door.before_wait = [&](Instant) {
    if (taken || rig.service.count(Call::create) < 5) return;
    taken = true;
    sent = rig.service.count(Call::create) + rig.service.count(Call::upload);
    rig.store->write([&] { rig.store->begin_driving(rig.run().key, {99, "elsewhere", rig.clock.now()}); });
  };
  const Driven driven = rig.submit(patiently());
  CHECK(driven.exit == ExitCode::busy);
  CHECK_FALSE(driven.epoch_lost.empty());
  CHECK(moves > 5);
  CHECK(rig.service.count(Call::create) + rig.service.count(Call::upload) <= sent + 1);
  REQUIRE(rig.run().driver.has_value());
  CHECK(rig.run().driver->pid == 99);  // the old driver did not clear the new one's mark
  rig.die();
  rig.witness.on_move = {};
  rig.door.before_wait = {};
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_service();
  rig.check_results(40);
}

TEST_CASE("the driver's mark is there while it drives and gone afterwards") {
  Rig rig;
  rig.ask(4);
  rig.door.before_wait = [&](Instant) {
    REQUIRE(rig.run().driver.has_value());
    CHECK(rig.run().driver->pid == 7);
    CHECK(rig.run().driver->host == "rig");
  };
  rig.submit();
  CHECK_FALSE(rig.run().driver.has_value());
}

TEST_CASE("with nothing unfinished resume has nothing to do") {
  Rig rig;
  CHECK(resume_all(rig, patiently()).empty());
  rig.ask(4);
  rig.submit(patiently());
  const std::size_t sent = rig.service.seen().size();
  CHECK(resume_all(rig, patiently()).empty());
  CHECK(rig.service.seen().size() == sent);
}

TEST_CASE("of several exit codes the first that applies is told") {
  using enum ExitCode;
  CHECK(worst({done, incomplete, not_finished, attention}) == attention);
  CHECK(worst({done, incomplete, not_finished, failed}) == failed);
  CHECK(worst({incomplete, not_finished, done}) == not_finished);
  CHECK(worst({incomplete, done}) == incomplete);
  CHECK(worst({done, done}) == done);
  CHECK(worst({}) == done);
}

TEST_CASE("a run's name is short and plain") {
  CHECK(is_run_name("qa-2.final_B"));
  CHECK(is_run_name(std::string(64, 'a')));
  CHECK_FALSE(is_run_name(std::string(65, 'a')));
  CHECK_FALSE(is_run_name(""));
  CHECK_FALSE(is_run_name(".hidden"));
  CHECK_FALSE(is_run_name("-dash"));
  CHECK_FALSE(is_run_name("a/b"));
  CHECK_FALSE(is_run_name("a b"));
}
