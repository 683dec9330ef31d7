// A chunk that the quota will never take whole.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// `n` questions whose context is about 10,000 tokens each.
void ask_at_length(Rig& rig, int n, std::int64_t records_a_chunk) {
  const std::string path = rig.directory.path("qa.jsonl");
  std::ofstream input(path, std::ios::binary);
  std::string context;
  while (context.size() < 44'000) context += "the quick brown fox jumps over the lazy dog ";
  for (int i = 0; i < n; ++i)
    input << fmt::format("{{\"id\":\"q-{0}\",\"question\":\"What is {0}?\",\"context\":\"{1}\"}}\n", i, context);
  rig.request.inputs = {path};
  rig.request.settings.chunk_records = records_a_chunk;
}

fakes::FakeOptions with_tokens(std::int64_t enqueued) {
  fakes::FakeOptions options;
  options.enqueued_tokens = enqueued;
  return options;
}

std::vector<std::string> ids_of(const std::string& path) {
  std::vector<std::string> ids;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t at = line.find("\"key\":\"") + 7;
    ids.push_back(line.substr(at, line.find('"', at) - at));
  }
  return ids;
}

std::int64_t refusals(const Rig& rig) {
  return static_cast<std::int64_t>(rig.service.count(Call::create) - rig.service.jobs().size());
}

}  // namespace

TEST_CASE("a chunk that is refused alone three times goes as two halves") {
  Rig rig(with_tokens(30'000));  // three chunks of four records, each of about 45,000 tokens
  ask_at_length(rig, 12, 4);
  CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::done);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_rows();
  rig.check_service();
  CHECK(rig.count(ChunkState::cancelled) == 3);
  CHECK(rig.count(ChunkState::done) == 6);
  CHECK(rig.chunk(3).replaces == rig.chunk(0).key);
  CHECK(rig.chunk(3).first_record == 0);
  CHECK(rig.chunk(4).first_record == 2);
  CHECK(rig.chunk(3).tokens + rig.chunk(4).tokens == rig.chunk(0).tokens);
  CHECK(rig.report().state == RunState::complete);
  CHECK(rig.report().records.answered == 12);
  CHECK(rig.report().usage.estimated_input == rig.chunk(0).tokens + rig.chunk(1).tokens + rig.chunk(2).tokens);
  CHECK(rig.service.jobs().size() == 6);

  DownloadRequest wanted;
  wanted.output = rig.directory.path("out.jsonl");
  REQUIRE(app::download(rig.context, wanted).written);
  std::vector<std::string> expected;
  for (int i = 0; i < 12; ++i) expected.push_back(fmt::format("q-{}", i));
  CHECK(ids_of(*wanted.output) == expected);
}

TEST_CASE("halves are halved again") {
  Rig rig(with_tokens(30'000));
  ask_at_length(rig, 8, 8);
  CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::done);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.count(ChunkState::cancelled) == 3);
  CHECK(rig.count(ChunkState::done) == 4);
  CHECK(rig.report().records.answered == 8);
}

TEST_CASE("what was refused beside jobs in flight, or by a limit of a day, is not cut") {
  SUBCASE("beside jobs in flight") {
    Rig rig(with_tokens(60'000));
    ask_at_length(rig, 12, 4);
    CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::done);
    CHECK(refusals(rig) > 0);
    CHECK(rig.count(ChunkState::cancelled) == 0);
  }
  SUBCASE("by a limit of a day") {
    fakes::FakeOptions options = with_tokens(30'000);
    options.refusal.kind = PauseKind::day;
    Rig rig(options);
    ask_at_length(rig, 4, 4);
    CHECK(rig.submit(at_most(hours{60})).exit == ExitCode::not_finished);
    CHECK(refusals(rig) > 3);
    CHECK(rig.count(ChunkState::cancelled) == 0);
  }
  SUBCASE("less than half of what was accepted before") {
    Rig rig;
    ask_at_length(rig, 12, 9);  // the second chunk is a third of the first
    rig.service.order(
        {.fault = Fault::answers, .nth = 2, .times = 6, .answer = fakes::quota_failure(PauseKind::unknown)});
    CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::done);
    CHECK(rig.count(ChunkState::cancelled) == 0);
  }
}

TEST_CASE("a run whose commits fail one after the other while a chunk is halved loses nothing") {
  for (int failing = 1;; failing += kStride) {
    CAPTURE(failing);
    Rig rig(with_tokens(30'000));
    ask_at_length(rig, 4, 4);
    int commits = 0;
    rig.before_commit = [&] {
      if (++commits == failing) throw Fatal(ExitCode::failed, "disk", "this commit fails", "");
    };
    bool failed = false;
    try {
      (void)rig.submit(patiently(Goal::submitted));
    } catch (const Fatal&) {
      failed = true;
    }
    rig.before_commit = {};
    rig.die();
    if (rig.store->run_named("qa")) {
      (void)rig.exit_of([&] { return rig.resume(patiently()); });
    } else {
      (void)rig.submit(patiently(Goal::submitted));
      (void)rig.resume(patiently());
    }
    CHECK(rig.report().records.answered == 4);
    CHECK(rig.count(ChunkState::cancelled) == 1);
    rig.check_rows();
    rig.check_service();
    if (!failed) break;
  }
}
