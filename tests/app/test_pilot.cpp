// A pilot: the first records go alone, and the rest waits until a person has seen what came back.
#include <doctest/doctest.h>

#include "app/cancel.hpp"
#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

struct PilotRig : Rig {
  explicit PilotRig(int records = 21, std::int64_t pilot = 5) {
    request.settings.pilot = pilot;
    ask(records);
  }
  std::vector<Driven> go_on(bool release, const Stay& stay = shortly()) {
    ResumeRequest wanted;
    wanted.run_name = "qa";
    wanted.choose = request.choose;
    wanted.stay = stay;
    wanted.release = release;
    return app::resume(context, wanted);
  }
};

}  // namespace

TEST_CASE("only the pilot gets a file and a job until the run is released, then every record goes once") {
  PilotRig rig;
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.chunk(0).records == 5);
  CHECK(rig.chunk(1).first_record == 5);
  CHECK(rig.state(0) == ChunkState::submitted);
  CHECK(rig.count(ChunkState::planned) == 8);
  CHECK(rig.service.count(Call::upload) == 1);

  RunReport report = rig.report();
  CHECK(report.state == RunState::needs_attention);
  REQUIRE(report.pause.has_value());
  CHECK(report.pause->reason == "PILOT");
  CHECK(report.pause->kind == PauseKind::pilot);
  CHECK_FALSE(report.pause->resume_at.has_value());
  CHECK(report.pause->message.find("8 chunks wait") != std::string::npos);
  CHECK(report.pause->message.find("batchctl download qa --partial") != std::string::npos);
  CHECK(report.next == "batchctl resume qa --release");
  CHECK(exit_of(report) == ExitCode::attention);
  CHECK(rig.go_on(false).front().exit == ExitCode::attention);
  CHECK(rig.submit().exit == ExitCode::attention);

  rig.clock.advance(hours{2});
  CHECK(rig.go_on(false).front().exit == ExitCode::attention);
  CHECK(rig.state(0) == ChunkState::done);
  CHECK(rig.report().records.answered == 5);
  const Downloaded shown = rig.download(true);
  CHECK(shown.written);
  CHECK(shown.counts[static_cast<std::size_t>(RecordStatus::ok)] == 5);
  CHECK(rig.service.count(Call::upload) == 1);

  CHECK(rig.go_on(true, patiently()).front().exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 9);
  rig.check_results(21);
  rig.check_rows();
  rig.check_service();
}

TEST_CASE("--wait stays for the pilot's answers and no longer") {
  PilotRig rig;
  CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::attention);
  CHECK(rig.state(0) == ChunkState::done);
  CHECK(rig.count(ChunkState::planned) == 8);
  CHECK(rig.go_on(false, patiently()).front().exit == ExitCode::attention);
  CHECK(rig.go_on(false, at_most(minutes{1})).front().exit == ExitCode::attention);
}

TEST_CASE("a pilot of all records leaves nothing to wait for") {
  for (const std::int64_t pilot : {21, 22, 1000}) {
    CAPTURE(pilot);
    PilotRig rig(21, pilot);
    CHECK(rig.submit().exit == ExitCode::done);
    CHECK(rig.service.jobs().size() == 1);
    CHECK(rig.resume(patiently()).exit == ExitCode::done);
    rig.check_results(21);
  }
}

TEST_CASE("a pilot that the service refuses still holds back the rest, and the run can be released or cancelled") {
  PilotRig rig;
  rig.service.order({.fault = Fault::answers, .answer = Failure{FailureKind::rejected, 400, "bad line", {}, {}, {}}});
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.state(0) == ChunkState::failed);
  CHECK(rig.report().pause->kind == PauseKind::pilot);
  SUBCASE("released") {
    CHECK(rig.go_on(true, patiently()).front().exit == ExitCode::incomplete);
    CHECK(rig.report().records.answered == 16);
  }
  SUBCASE("cancelled") {
    const std::optional<Run> run = wish_cancel(rig.context, "qa");
    REQUIRE(run.has_value());
    cancel(rig.context, *run, patiently());
    CHECK(rig.report().state == RunState::cancelled);
    CHECK(rig.service.count(Call::upload) == 1);
  }
}

TEST_CASE("a run that waits behind its pilot is cancelled like any other") {
  PilotRig rig;
  rig.submit();
  const std::optional<Run> run = wish_cancel(rig.context, "qa");
  REQUIRE(run.has_value());
  CHECK(cancel(rig.context, *run, patiently())->exit == ExitCode::done);
  CHECK(rig.report().state == RunState::cancelled);
  CHECK(rig.service.jobs().size() == 1);
}

TEST_CASE("releasing is remembered at once, also while another process drives, and once is enough") {
  PilotRig rig;
  rig.submit();
  {
    const std::unique_ptr<FileLock> driven = rig.files.try_lock(run_directory(rig.context, rig.run().id) + "/lock");
    REQUIRE(driven != nullptr);
    CHECK(rig.exit_of([&] { return rig.go_on(true).front(); }) == ExitCode::busy);
  }
  REQUIRE(rig.run().released_at.has_value());
  const Instant first = *rig.run().released_at;
  rig.clock.advance(minutes{1});
  CHECK(rig.go_on(true).front().exit == ExitCode::not_finished);
  CHECK(rig.witness.heard("released already"));
  CHECK(rig.run().released_at == first);
  CHECK(rig.count(ChunkState::planned) == 0);
}

TEST_CASE("a driver that waits for the pilot's answers goes on when another process releases the run") {
  PilotRig rig;
  bool released = false;
  rig.door.before_wait = [&](Instant&) {
    if (released || rig.state(0) != ChunkState::submitted) return;
    released = true;
    rig.store->write([&] { rig.store->release(rig.run().key, rig.clock.now()); });
  };
  CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::done);
  CHECK(released);
  rig.check_results(21);
}

TEST_CASE("releasing a run without a pilot is said to be needless and harms nothing") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  ResumeRequest wanted;
  wanted.run_name = "qa";
  wanted.choose = rig.request.choose;
  wanted.stay = patiently();
  wanted.release = true;
  CHECK(app::resume(rig.context, wanted).front().exit == ExitCode::done);
  CHECK(rig.witness.heard("has no pilot"));
}

TEST_CASE("what waits behind a pilot takes no share of the quota from other runs") {
  PilotRig rig;
  rig.submit();
  rig.store->write([&] { rig.store->begin_driving(rig.run().key, {7, "rig", rig.clock.now()}); });
  Run other = rig.run();
  other.key = RunKey{other.key.value + 1};
  const Instant since = rig.clock.now() - minutes{1};
  CHECK(rig.store->share(other, since).hungry_others == 0);
  rig.store->write([&] { rig.store->release(rig.run().key, rig.clock.now()); });
  CHECK(rig.store->share(other, since).hungry_others == 1);
}

TEST_CASE("a release whose commit fails is no release") {
  PilotRig rig;
  rig.submit();
  rig.before_commit = [] { throw Fatal(ExitCode::failed, "disk", "the disk is full"); };
  CHECK(rig.exit_of([&] { return rig.go_on(true).front(); }) == ExitCode::failed);
  rig.before_commit = nullptr;
  CHECK_FALSE(rig.run().released_at.has_value());
  CHECK(rig.go_on(false).front().exit == ExitCode::attention);
  CHECK(rig.service.count(Call::upload) == 1);
}
