#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("submit ends when every chunk has its job, and a later resume brings the answers home in order") {
  Rig rig;
  rig.ask(21);
  CHECK(rig.submit().exit == ExitCode::done);
  CHECK(rig.count(ChunkState::submitted) == 11);
  CHECK(rig.download().exit == ExitCode::not_finished);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.count(ChunkState::done) == 11);
  CHECK(rig.service.jobs().size() == 11);
  CHECK(rig.service.count(Call::upload) == 11);
  rig.check_results(21);
  rig.check_rows();
}

TEST_CASE("the results are the same bytes every time") {
  Rig rig;
  rig.ask(7);
  rig.submit(patiently());
  const std::string path = rig.download().results_path;
  const std::string first = bytes_of(path);
  CHECK(first.size() > 100);
  rig.clock.advance(hours{1});
  CHECK(rig.download().exit == ExitCode::done);
  CHECK(bytes_of(path) == first);
}

TEST_CASE("creates go out in groups with the pause between them") {
  Rig rig;
  rig.ask(50);
  rig.submit();
  std::vector<Instant> creates;
  for (const fakes::Seen& seen : rig.service.seen())
    if (seen.call == Call::create) creates.push_back(seen.at);
  REQUIRE(creates.size() == 25);
  for (std::size_t i = 1; i < creates.size(); ++i) {
    CAPTURE(i);
    CHECK((creates[i] - creates[i - 1] >= seconds{30}) == (i % 10 == 0));
  }
}

TEST_CASE("no more files lie ahead at the service than asked for") {
  for (const int ahead : {1, 2, 5}) {
    CAPTURE(ahead);
    Rig rig;
    rig.options = [&](Options& options) { options.upload_ahead = ahead; };
    rig.ask(60);
    std::int64_t most = 0;
    rig.witness.on_move = [&](const Move&) {
      most = std::max(
          most, rig.count(ChunkState::uploading) + rig.count(ChunkState::uploaded) + rig.count(ChunkState::creating));
    };
    rig.submit();
    CHECK(most == ahead);
  }
}

TEST_CASE("the 22nd create is refused: a pause with the service's words, since when, until when, and exit 75") {
  fakes::FakeOptions service = with_cap(21);
  service.refusal.message = "You exceeded your current quota, please check your plan and billing details.";
  Rig rig(service);
  rig.ask(308);
  CHECK(rig.submit().exit == ExitCode::not_finished);
  CHECK(rig.service.refusals() == 1);
  CHECK(rig.count(ChunkState::submitted) == 21);
  CHECK(rig.count(ChunkState::uploaded) >= 1);
  CHECK(rig.count(ChunkState::uploaded) <= 2);
  CHECK(rig.count(ChunkState::planned) == 154 - 21 - rig.count(ChunkState::uploaded));

  const RunReport report = rig.report();
  CHECK(report.state == RunState::paused);
  REQUIRE(report.pause.has_value());
  CHECK(report.pause->reason == "RESOURCE_EXHAUSTED");
  CHECK(report.pause->kind == PauseKind::unknown);
  CHECK(report.pause->message == service.refusal.message);
  REQUIRE(report.pause->since.has_value());
  CHECK(*report.pause->since <= rig.clock.now());
  REQUIRE(report.pause->resume_at.has_value());
  CHECK(*report.pause->resume_at > rig.clock.now() + seconds{60});
  CHECK(*report.pause->resume_at < rig.clock.now() + minutes{6});
  CHECK(report.next == "batchctl resume qa");
  rig.check_rows();
}

TEST_CASE("resume before the pause ends creates only what ended jobs make room for") {
  Rig rig(with_cap(21));
  rig.ask(100);
  rig.submit();
  const auto creates = rig.service.count(Call::create);
  CHECK(rig.resume().exit == ExitCode::not_finished);
  CHECK(rig.service.count(Call::create) == creates);
  rig.clock.advance(minutes{13});  // all jobs have ended, and nobody has looked
  CHECK(rig.resume().exit == ExitCode::not_finished);
  CHECK(rig.count(ChunkState::done) == 21);
  CHECK(rig.service.count(Call::create) > creates);
  rig.check_rows();
}

TEST_CASE("a job that ends calls the next create at once, long before the pause would have ended") {
  Rig rig(with_cap(1));
  rig.ask(4);
  rig.submit();
  REQUIRE(rig.service.jobs().size() == 1);
  const Instant pause_ends = rig.clock.now() + hours{2};
  for (Breaker breaker : rig.store->breakers("project", "gemini-x")) {
    breaker.open_until = pause_ends;
    breaker.refusals = 2;
    rig.store->write([&] { rig.store->save_breaker(breaker); });
  }
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  REQUIRE(rig.service.jobs().size() == 2);
  CHECK(rig.service.jobs()[1].created_at < rig.service.jobs()[0].created_at + minutes{12} + minutes{2});
}

TEST_CASE("resume goes on exactly where the pause began, and nothing is sent twice") {
  Rig rig(with_cap(21));
  rig.ask(308);
  rig.submit();
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.count(ChunkState::done) == 154);
  CHECK(rig.service.jobs().size() == 154);
  CHECK(rig.service.count(Call::upload) == 154);
  CHECK(rig.service.most_jobs_of_a_display_name() == 1);
  rig.check_results(308);
}

TEST_CASE("inputs whose results are safe are deleted at the service, unless the run says no") {
  for (const std::string cleanup : {"inputs", "none"}) {
    CAPTURE(cleanup);
    Rig rig;
    rig.options = [&](Options& options) { options.remote_cleanup = cleanup; };
    rig.ask(20);
    rig.submit(patiently());
    CHECK(rig.service.files().size() == (cleanup == "none" ? 10U : 0U));
    CHECK(rig.service.count(Call::delete_file) == (cleanup == "none" ? 0U : 10U));
  }
}

TEST_CASE("a file that cannot be deleted is left to its 48 hours and costs nothing else") {
  Rig rig;
  rig.ask(6);
  rig.service.order({.on = Call::delete_file, .fault = Fault::answers, .times = 3, .answer = fakes::server_failure()});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.service.files().size() == 3);
  rig.check_results(6);
}

TEST_CASE("a chunk's lines that were not answered are missing, and the command says so with exit 3") {
  fakes::FakeOptions service;
  service.result = [](const fakes::FakeJob&, const std::string& key, const std::string& question) {
    if (key == "r1") return std::optional<std::string>{};
    if (key == "r2") return std::optional(fakes::error_line(key, 13, "internal"));
    return std::optional(fakes::answer_line(key, question));
  };
  Rig rig(service);
  rig.ask(6);
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.report().state == RunState::complete_with_failures);
  const Downloaded done = rig.download();
  CHECK(done.exit == ExitCode::incomplete);
  CHECK(statuses_in(done.results_path) == std::vector<std::string>{"ok", "missing", "error", "ok", "ok", "ok"});
  CHECK(statuses_in(done.errors_path) == std::vector<std::string>{"missing", "error"});
  rig.check_results(6);
}

TEST_CASE("with --partial what is here is written and the rest is outstanding") {
  Rig rig(with_cap(2));
  rig.ask(8);
  rig.submit();
  rig.clock.advance(minutes{13});
  CHECK(rig.download(false).exit == ExitCode::not_finished);
  const Downloaded done = rig.download(true);
  CHECK(done.exit == ExitCode::not_finished);
  REQUIRE(done.written);
  CHECK(statuses_in(done.results_path) ==
        std::vector<std::string>{"ok", "ok", "ok", "ok", "outstanding", "outstanding", "outstanding", "outstanding"});
}

TEST_CASE("download fetches and looks but neither uploads nor creates") {
  Rig rig(with_cap(2));
  rig.ask(8);
  rig.submit();
  const auto uploads = rig.service.count(Call::upload);
  const auto creates = rig.service.count(Call::create);
  rig.clock.advance(hours{1});
  rig.download();
  CHECK(rig.count(ChunkState::done) == 2);
  CHECK(rig.service.count(Call::upload) == uploads);
  CHECK(rig.service.count(Call::create) == creates);
}
