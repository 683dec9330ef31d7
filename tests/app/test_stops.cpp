// What a person must see to, and what ends a chunk without one.
#include <doctest/doctest.h>

#include <fstream>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

Failure rejected(int status, const std::string& words) { return {FailureKind::rejected, status, words, {}, {}, {}}; }

std::uint64_t spending_calls(const Rig& rig) {
  return rig.service.count(Call::upload) + rig.service.count(Call::create);
}

}  // namespace

TEST_CASE("an answer that calls for a person stops the run with exit 4, and nothing more is sent") {
  for (const std::string reason : {"key", "permission", "billing", "model"}) {
    CAPTURE(reason);
    Rig rig;
    rig.ask(20);
    rig.service.order({.fault = Fault::answers, .nth = 3, .times = 1'000, .answer = fakes::stopped_failure(reason)});
    CHECK(rig.submit(patiently()).exit == ExitCode::attention);
    CHECK(rig.count(ChunkState::submitted) == 2);
    CHECK(rig.state(2) == ChunkState::uploaded);
    CHECK(rig.job(2).hold == Hold::none);
    CHECK(rig.service.count(Call::create) == 3);
    REQUIRE(rig.run().stop.has_value());
    CHECK(rig.run().stop->reason == reason);
    CHECK(rig.report().state == RunState::needs_attention);
    rig.check_rows();
  }
}

TEST_CASE("resume clears a stop and tries once more") {
  Rig rig;
  rig.ask(6);
  rig.service.order({.fault = Fault::answers, .answer = fakes::stopped_failure("billing")});
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 3);
  rig.check_results(6);
}

TEST_CASE("submit of the same run goes on like resume, also after a stop") {
  Rig rig;
  rig.ask(6);
  rig.service.order({.fault = Fault::answers, .answer = fakes::stopped_failure("billing")});
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.submit().exit == ExitCode::done);
  CHECK(rig.count(ChunkState::submitted) == 3);
}

TEST_CASE("a bad key stops the run at whatever call says so first") {
  Rig rig;
  rig.ask(6);
  rig.service.refuse_everything(fakes::stopped_failure("key"));
  CHECK(rig.submit(patiently()).exit == ExitCode::attention);
  CHECK(spending_calls(rig) <= 2);
  CHECK(rig.run().stop->reason == "key");
  rig.service.refuse_everything(std::nullopt);
  CHECK(rig.resume().exit == ExitCode::not_finished);
  CHECK(rig.count(ChunkState::submitted) == 3);
  rig.service.refuse_everything(fakes::stopped_failure("key"));
  CHECK(rig.resume(patiently()).exit == ExitCode::attention);
  rig.service.refuse_everything(std::nullopt);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_results(6);
}

TEST_CASE("an unknown model stops the run at its first create") {
  Rig rig;
  rig.request.settings.model = "unknown-model";
  rig.ask(20);
  CHECK(rig.submit(patiently()).exit == ExitCode::attention);
  CHECK(rig.service.count(Call::create) == 1);
}

TEST_CASE("a quota of zero stops the run and says that the service said so") {
  fakes::FakeOptions service;
  service.max_jobs = 0;
  service.refusal.kind = PauseKind::zero;
  Rig rig(service);
  rig.ask(6);
  CHECK(rig.submit(patiently()).exit == ExitCode::attention);
  CHECK(rig.service.refusals() == 1);
  REQUIRE(rig.report().pause.has_value());
  CHECK(rig.report().pause->kind == PauseKind::zero);
}

TEST_CASE("a chunk that the service rejects fails with its words, and the others go on") {
  Rig rig;
  rig.ask(6);
  rig.service.order({.fault = Fault::answers, .nth = 2, .answer = rejected(400, "Error on line 2: no such field")});
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.state(1) == ChunkState::failed);
  CHECK(rig.chunk(1).error->find("no such field") != std::string::npos);
  CHECK(rig.count(ChunkState::done) == 2);
  const Downloaded done = rig.download();
  CHECK(statuses_in(done.results_path) == std::vector<std::string>{"ok", "ok", "error", "error", "ok", "ok"});
}

TEST_CASE("two rejected chunks in a row stop the run") {
  Rig rig;
  rig.ask(20);
  rig.service.order({.fault = Fault::answers, .nth = 2, .times = 1'000, .answer = rejected(400, "bad schema")});
  CHECK(rig.submit(patiently()).exit == ExitCode::attention);
  CHECK(rig.count(ChunkState::failed) == 2);
  CHECK(rig.service.count(Call::create) == 3);
  CHECK(rig.run().stop->reason == "rejected");
}

TEST_CASE("two rejected chunks with a good one between them are two rejected chunks") {
  Rig rig;
  rig.ask(8);
  rig.service.order({.fault = Fault::answers, .nth = 1, .answer = rejected(400, "bad line")});
  rig.service.order({.fault = Fault::answers, .nth = 3, .answer = rejected(400, "bad line")});
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.count(ChunkState::failed) == 2);
  CHECK(rig.count(ChunkState::done) == 2);
}

TEST_CASE("a file that the service will never take fails its chunk and no other") {
  Rig rig;
  rig.ask(6);
  rig.service.order({.on = Call::upload, .fault = Fault::answers, .nth = 2, .answer = rejected(400, "too strange")});
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.state(1) == ChunkState::failed);
  CHECK(rig.service.jobs().size() == 2);
  rig.check_results(6);
}

TEST_CASE("an input that changed ends in exit 10, and its bytes are not sent") {
  Rig rig(with_cap(1));
  rig.ask(8);
  rig.submit();
  const auto uploaded = rig.service.files();
  const std::string original = rig.request.inputs.front();
  { std::ofstream(original, std::ios::in | std::ios::out).seekp(285).write("X", 1); }
  rig.service.options().max_jobs = 100;
  CHECK(rig.resume(patiently()).exit == ExitCode::mismatch);
  CHECK(rig.run().stop->reason == "input_changed");
  for (const auto& [_, file] : rig.service.files()) CHECK(file.body->find('X') == std::string::npos);
  for (const fakes::FakeJob& job : rig.service.jobs()) CHECK(job.body->find('X') == std::string::npos);

  rig.ask(8);  // the bytes are back
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_results(8);
}

TEST_CASE("other content under the same run name is exit 10 before anything is sent") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  const std::size_t sent = rig.service.seen().size();
  rig.ask(5);
  try {
    rig.submit();
    FAIL("it was taken for the same run");
  } catch (const Fatal& fatal) {
    CHECK(fatal.exit() == ExitCode::mismatch);
    CHECK(std::string(fatal.what()).find("content of") != std::string::npos);
    CHECK(fatal.next().find("--run qa-2") != std::string::npos);
  }
  CHECK(rig.service.seen().size() == sent);
}

TEST_CASE("other settings under the same run name are exit 10 with the difference named") {
  Rig rig;
  rig.ask(4);
  rig.submit();
  const std::size_t sent = rig.service.seen().size();
  std::string names;
  SUBCASE("model") {
    rig.request.settings.model = "gemini-y";
    names = "model is gemini-x, not gemini-y";
  }
  SUBCASE("records a chunk") {
    rig.request.settings.chunk_records = 3;
    names = "records a chunk are 2, not 3";
  }
  SUBCASE("system instruction") {
    rig.request.settings.system = "be brief";
    names = "system instruction differs";
  }
  SUBCASE("generation config") {
    rig.request.settings.generation_config = "{}";
    names = "generation config differs";
  }
  try {
    rig.submit();
    FAIL("it was taken for the same run");
  } catch (const Fatal& fatal) {
    CHECK(fatal.exit() == ExitCode::mismatch);
    CAPTURE(fatal.what());
    CHECK(std::string(fatal.what()).find(names) != std::string::npos);
  }
  CHECK(rig.service.seen().size() == sent);
}

TEST_CASE("bad input forgets the run: a corrected file can be submitted under the same name") {
  Rig rig;
  rig.ask(4);
  { std::ofstream(rig.request.inputs.front(), std::ios::app) << "not json\n"; }
  CHECK(rig.exit_of([&] { return rig.submit(); }) == ExitCode::failed);
  CHECK(rig.store->runs().empty());
  CHECK(rig.service.seen().empty());
  rig.ask(4);
  CHECK(rig.submit().exit == ExitCode::done);
}

TEST_CASE("a chunk above the known quota is refused before anything is sent") {
  Rig rig;
  rig.options = [](Options& options) { options.enqueued_tokens = 3; };
  rig.ask(4);
  CHECK(rig.exit_of([&] { return rig.submit(); }) == ExitCode::usage);
  CHECK(rig.service.seen().empty());
  CHECK(rig.store->runs().empty());
}
