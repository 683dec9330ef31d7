#include <doctest/doctest.h>

#include "app/cancel.hpp"
#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

std::optional<Driven> cancel_run(Rig& rig, const Stay& stay = shortly()) {
  const std::optional<Run> run = wish_cancel(rig.context, "qa");
  return run ? cancel(rig.context, *run, stay) : std::nullopt;
}

}  // namespace

TEST_CASE("cancel sends nothing new, cancels live jobs, and keeps what finished") {
  Rig rig(with_cap(3));
  rig.ask(20);
  rig.submit();
  REQUIRE(rig.count(ChunkState::submitted) == 3);
  rig.clock.advance(hours{2});  // all three have ended, and nobody has looked
  REQUIRE(rig.resume().exit == ExitCode::not_finished);
  REQUIRE(rig.count(ChunkState::done) == 3);
  const std::int64_t live = rig.count(ChunkState::submitted);
  REQUIRE(live > 0);
  const auto creates = rig.service.count(Call::create);

  const std::optional<Driven> driven = cancel_run(rig, patiently());
  REQUIRE(driven.has_value());
  CHECK(driven->exit == ExitCode::done);
  CHECK(rig.service.count(Call::create) == creates);
  CHECK(rig.service.count(Call::cancel) == live);
  CHECK(rig.report().state == RunState::cancelled);
  CHECK(rig.count(ChunkState::done) == 3);
  CHECK(rig.count(ChunkState::cancelled) == 7);
  CHECK(rig.report().records.answered == 6);
  CHECK(rig.report().records.outstanding == 0);
  rig.check_rows();
  rig.check_service();
  rig.check_results(20);
  const auto words = statuses_in(rig.directory.path("qa.results.jsonl"));
  CHECK(std::count(words.begin(), words.end(), "ok") == 6);
  CHECK(std::count(words.begin(), words.end(), "missing") == 14);
}

TEST_CASE("a wish that comes while a driver works is obeyed before its next create") {
  Rig rig;
  rig.ask(20);
  rig.witness.on_move = [&](const Move& move) {
    if (move.event == ChunkEvent::create_succeeded && move.chunk.index == 2)
      rig.store->write([&] { rig.store->request_cancel(move.run.key, rig.clock.now()); });
  };
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.service.count(Call::create) == 3);
  CHECK(rig.report().state == RunState::cancelled);
  rig.check_rows();
}

TEST_CASE("a wish that is stored between the decision and the intent stops that very create") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  Rig other;
  other.ask(4);
  other.door.before_start = [&](const Request& request) {
    // The upload's start is the last step before the first create is decided.
    if (std::holds_alternative<UploadFile>(request))
      other.store->write([&] { other.store->request_cancel(other.run().key, other.clock.now()); });
  };
  other.submit(patiently());
  CHECK(other.service.count(Call::create) == 0);
}

TEST_CASE("chunks whose files have grown old are cancelled like the others") {
  Rig rig(with_cap(1));
  rig.ask(8);
  rig.submit(shortly());
  REQUIRE(rig.count(ChunkState::uploaded) > 0);
  rig.clock.advance(hours{30});
  const std::optional<Driven> driven = cancel_run(rig, patiently());
  REQUIRE(driven.has_value());
  CHECK(driven->exit == ExitCode::done);
  CHECK(rig.count(ChunkState::uploaded) == 0);
  rig.check_rows();
}

TEST_CASE("a wish that is stored in the very turn of a create stops it") {
  Rig rig;
  rig.options = [](Options& options) { options.max_jobs = 1; };
  rig.ask(4);
  // The first job's end makes room: its answers are fetched and the second create is decided in one turn.
  rig.door.before_start = [&](const Request& request) {
    if (std::holds_alternative<FetchOutput>(request))
      rig.store->write([&] { rig.store->request_cancel(rig.run().key, rig.clock.now()); });
  };
  rig.submit(patiently());
  CHECK(rig.service.count(Call::fetch) == 1);
  CHECK(rig.service.count(Call::create) == 1);
  CHECK(rig.count(ChunkState::cancelled) == 1);
}

TEST_CASE("a create without a clear answer is found out first, and its job is cancelled then") {
  for (const bool took_effect : {true, false}) {
    CAPTURE(took_effect);
    Rig rig;
    FaultOrder lost;
    lost.fault = took_effect ? Fault::lost_after : Fault::lost_before;
    rig.service.order(lost);
    rig.ask(2);
    rig.submit();
    REQUIRE(rig.count(ChunkState::reconciling) == 1);
    const std::optional<Driven> driven = cancel_run(rig, patiently());
    REQUIRE(driven.has_value());
    CHECK(driven->exit == ExitCode::done);
    CHECK(rig.service.count(Call::cancel) == (took_effect ? 1 : 0));
    CHECK(rig.service.count(Call::create) == 1);
    CHECK(rig.count(ChunkState::cancelled) == 1);
    rig.check_service();
    rig.check_rows();
  }
}

TEST_CASE("telling a job to stop is repeated while it fails, and again by the next process") {
  Rig rig;
  rig.ask(2);
  rig.submit();
  FaultOrder fails;
  fails.on = Call::cancel;
  fails.fault = Fault::answers;
  fails.answer = fakes::server_failure(503);
  rig.service.order(fails);
  CHECK(cancel_run(rig, patiently())->exit == ExitCode::done);
  CHECK(rig.service.count(Call::cancel) == 2);
  CHECK(rig.count(ChunkState::cancelled) == 1);
}

TEST_CASE("a job that had finished before the cancel came keeps its answers") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  rig.clock.advance(hours{2});  // ended, and nobody has looked
  CHECK(cancel_run(rig, patiently())->exit == ExitCode::done);
  CHECK(rig.report().state == RunState::cancelled);
  CHECK(rig.count(ChunkState::done) == 2);
  CHECK(rig.report().records.answered == 4);
  rig.check_results(4);
}

TEST_CASE("cancel leaves a run that another process drives to that process") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  const std::unique_ptr<FileLock> lock = rig.files.try_lock(run_directory(rig.context, rig.run().id) + "/lock");
  REQUIRE(lock != nullptr);
  CHECK_FALSE(cancel_run(rig).has_value());
  CHECK(rig.run().cancel_requested_at.has_value());
  CHECK(rig.service.count(Call::cancel) == 0);
}

TEST_CASE("a run of which every chunk rests is not cancelled after the fact") {
  Rig rig;
  rig.ask(4);
  rig.submit(patiently());
  CHECK_FALSE(wish_cancel(rig.context, "qa").has_value());
  CHECK(rig.report().state == RunState::complete);
}
