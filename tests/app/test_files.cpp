// Uploads: generations, ageing, storage, and what an interrupted process left behind.
#include <doctest/doctest.h>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

struct Death {};

Failure lost_file() { return {FailureKind::not_found, 404, "file not found (fake)", {}, {}, {}}; }

}  // namespace

TEST_CASE("a file that the service lost is sent again as the next generation") {
  Rig rig;
  rig.ask(4);
  rig.service.order({.fault = Fault::answers, .answer = lost_file()});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.file(0).generation == 2);
  CHECK(rig.file(1).generation == 1);
  CHECK(rig.service.jobs().size() == 2);
  rig.check_results(4);
}

TEST_CASE("a file that is lost three times fails its chunk and no other") {
  Rig rig;
  rig.ask(4);
  int creates_of_first = 0;
  rig.door.before_start = [&](const Request& request) {
    const auto* create = std::get_if<CreateJob>(&request);
    if (create == nullptr || create->display_name.find("/0/a") == std::string::npos) return;
    ++creates_of_first;
    rig.service.forget_file(create->input.value);
  };
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(creates_of_first == 3);
  CHECK(rig.file(0).generation == 3);
  CHECK(rig.state(0) == ChunkState::failed);
  CHECK(rig.state(1) == ChunkState::done);
  CHECK(rig.chunk(0).error.value().starts_with("no such thing as files/"));  // the service's words, with all causes
  rig.check_results(4);
}

TEST_CASE("an upload is told the type of the newest file, also by a process that uploaded nothing before") {
  Rig rig(with_cap(1));
  rig.service.options().mime = "text/odd";
  std::vector<std::string> told;
  rig.door.before_start = [&](const Request& request) {
    if (const auto* upload = std::get_if<UploadFile>(&request)) told.push_back(upload->known_mime);
  };
  rig.ask(20);
  rig.submit();
  REQUIRE_FALSE(told.empty());
  CHECK(told.front().empty());
  rig.die();
  told.clear();
  rig.service.options().max_jobs = 100;
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  REQUIRE_FALSE(told.empty());
  for (const std::string& type : told) CHECK(type == "text/odd");
}

TEST_CASE("a file older than 24 h is never used for a create") {
  Rig rig(with_cap(1));
  rig.ask(8);
  rig.submit();
  REQUIRE(rig.count(ChunkState::uploaded) > 0);
  const std::int64_t left = rig.count(ChunkState::uploaded);
  rig.clock.advance(hours{25});
  rig.service.options().max_jobs = 100;
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  std::int64_t renewed = 0;
  for (int i = 0; i < 4; ++i) renewed += rig.file(i).generation == 2 ? 1 : 0;
  CHECK(renewed == left);
  rig.check_results(8);
}

TEST_CASE("no create of a run that is paused for days uses a file of more than a day") {
  Rig rig(with_cap(2));
  rig.service.options().job.pending = hours{7};
  rig.service.options().job.running = hours{7};
  rig.ask(16);
  rig.door.before_start = [&](const Request& request) {
    if (const auto* create = std::get_if<CreateJob>(&request)) {
      const fakes::FakeFile& file = rig.service.files().at(create->input.value);
      CHECK(rig.clock.now() - file.created_at <= hours{24});
    }
  };
  CHECK(rig.submit(patiently(Goal::round)).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 8);
}

TEST_CASE("an upload that is cut is sent again under the same name") {
  Rig rig;
  rig.ask(4);
  rig.service.order({.on = Call::upload, .fault = Fault::lost_after});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.file(0).generation == 1);
  rig.check_results(4);
}

TEST_CASE("a process that dies in an upload leaves a file that the next one asks for") {
  Rig rig;
  rig.ask(4);
  rig.door.before_wait = [&](Instant) {
    if (rig.service.count(Call::upload) > 0) throw Death{};
  };
  CHECK_THROWS_AS(rig.submit(), Death);
  rig.door.before_wait = {};
  bool kept = false;
  SUBCASE("and the bytes did not arrive") { rig.die(); }
  SUBCASE("but the bytes arrived") {
    kept = true;
    rig.service.wait(rig.clock.now() + seconds{10});
    rig.die();
  }
  CHECK(rig.state(0) == ChunkState::uploading);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.file(0).generation == 1);
  CHECK(rig.service.count(Call::upload) == (kept ? 2U : 4U));
  rig.check_results(4);
}

TEST_CASE("what lies under our name and is not ours is left, and the next generation is sent") {
  Rig rig;
  rig.ask(2);
  FileFacts strange;
  strange.name = RemoteFileName{"files/strange"};
  strange.bytes = 3;
  strange.sha256 = std::string(64, '0');
  rig.service.order({.on = Call::upload, .fault = Fault::answers, .answer = strange});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.file(0).generation == 2);
  CHECK(rig.service.count(Call::create) == 1);  // none of what is not ours
  rig.check_results(2);
}

TEST_CASE("a file in PROCESSING is asked for until it is there, and not sent again") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.on = Call::upload, .fault = Fault::lost_after});
  rig.door.before_start = [&](const Request& request) {
    const auto* upload = std::get_if<UploadFile>(&request);
    if (upload == nullptr) return;
    FileFacts processing;
    processing.state = FileFacts::State::processing;
    processing.name = RemoteFileName{"files/" + upload->id.value};
    processing.bytes = upload->bytes;
    processing.sha256 = upload->sha256;
    rig.service.order({.on = Call::find_file, .fault = Fault::answers, .times = 3, .answer = processing});
  };
  CHECK(rig.submit().exit == ExitCode::done);
  CHECK(rig.service.count(Call::upload) == 1);
  CHECK(rig.service.count(Call::find_file) == 4);
}

TEST_CASE("full storage stops uploads for a while, teaches no token limit and loses nothing") {
  fakes::FakeOptions service;
  service.storage_bytes = 200;  // one chunk's file
  service.max_jobs = 1;
  Rig rig(service);
  rig.ask(8);
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 4);
  CHECK_FALSE(rig.store->quota("project", "gemini-x").learned_tokens == 0);
  rig.check_results(8);
}

TEST_CASE("an upload that is refused for a flow is not sent again at once") {
  for (const PauseKind kind : {PauseKind::minute, PauseKind::day, PauseKind::spend, PauseKind::unknown}) {
    CAPTURE(name_of(kind));
    Rig rig;
    rig.ask(2);
    rig.service.order(
        {.on = Call::upload, .fault = Fault::answers, .times = 1'000'000, .answer = fakes::quota_failure(kind)});
    const Instant began = rig.clock.now();
    CHECK(rig.submit(at_most(hours{2})).exit == ExitCode::not_finished);
    CHECK(rig.clock.now() - began <= hours{2} + minutes{1});
    CHECK(rig.service.count(Call::upload) < 125);
    CHECK(rig.service.count(Call::upload) >= 1);
  }
}

TEST_CASE("an upload that meets a quota of zero stops the run") {
  Rig rig;
  rig.ask(2);
  rig.service.order(
      {.on = Call::upload, .fault = Fault::answers, .times = 1'000, .answer = fakes::quota_failure(PauseKind::zero)});
  CHECK(rig.submit(patiently()).exit == ExitCode::attention);
  CHECK(rig.service.count(Call::upload) == 1);
}
