#include <doctest/doctest.h>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

Answer failing(FailureKind kind, const std::string& words) {
  Failure failure;
  failure.kind = kind;
  failure.message = words;
  if (kind == FailureKind::stopped) failure.reason = "key";
  return failure;
}

FaultOrder next_get(Answer answer) {
  FaultOrder order;
  order.on = Call::get;
  order.fault = Fault::answers;
  order.answer = std::move(answer);
  return order;
}

}  // namespace

TEST_CASE("a rotated key that reads a job of the run goes on with it, with one notice") {
  Rig rig(with_cap(2));
  rig.ask(8);
  rig.submit();
  rig.context.key_print = "rotated";
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.run().key_print == "rotated");
  CHECK(rig.witness.heard("another one than before and reads the run's jobs"));
  rig.check_results(8);
  rig.check_service();
}

TEST_CASE("a key that does not read the run's jobs is refused in the service's words, and nothing changes") {
  Rig rig(with_cap(2));
  rig.ask(8);
  rig.submit();
  const auto before = rig.report().chunks;
  const auto creates = rig.service.count(Call::create);
  rig.context.key_print = "stranger";
  rig.service.order(next_get(failing(FailureKind::not_found, "Requested entity was not found.")));
  try {
    rig.resume();
    FAIL("it was not refused");
  } catch (const Fatal& fatal) {
    CHECK(fatal.exit() == ExitCode::attention);
    CHECK(std::string(fatal.what()).find("Requested entity was not found.") != std::string::npos);
  }
  CHECK(rig.run().key_print == "key");
  CHECK(rig.report().chunks == before);
  CHECK(rig.service.count(Call::create) == creates);
}

TEST_CASE("a key that cannot be tested now is not used: an outage is no verdict, a bad key has its own words") {
  Rig rig(with_cap(2));
  rig.ask(8);
  rig.submit();
  rig.context.key_print = "rotated";
  rig.service.order(next_get(fakes::server_failure(503)));
  CHECK(rig.exit_of([&] { return rig.resume(); }) == ExitCode::not_finished);
  rig.service.order(next_get(failing(FailureKind::stopped, "API key not valid.")));
  CHECK(rig.exit_of([&] { return rig.resume(); }) == ExitCode::attention);
  CHECK(rig.run().key_print == "key");
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
}

TEST_CASE("with nothing known at the service there is nothing to test a new key with") {
  Rig rig;
  FaultOrder lost;
  lost.fault = Fault::lost_after;
  rig.service.order(lost);
  rig.options = [](Options& options) { options.upload_ahead = 1; };
  rig.ask(2);
  rig.submit();
  REQUIRE(rig.count(ChunkState::reconciling) == 1);
  rig.store->write([&] { rig.store->set_file_state(rig.file(0).key, FileState::gone); });
  rig.context.key_print = "rotated";
  CHECK(rig.exit_of([&] { return rig.resume(); }) == ExitCode::attention);
  rig.context.key_print = "key";
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_service();
}
