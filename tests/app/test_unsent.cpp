// --skip-invalid and --dedupe from the input to the results: what is not sent keeps its index, and every count agrees.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// Lines by a pattern: `a` to `z` ask the question of that letter, `?` cannot be sent.
struct UnsentRig : Rig {
  std::string pattern;

  /// `told_with` goes with every question.
  explicit UnsentRig(std::string lines, fakes::FakeOptions service_options = {}, const std::string& told_with = "")
      : Rig(std::move(service_options)), pattern(std::move(lines)) {
    request.settings.skip_invalid = true;
    request.settings.dedupe = true;
    const std::string path = directory.path("qa.jsonl");
    std::ofstream input(path, std::ios::binary);
    for (std::size_t i = 0; i < pattern.size(); ++i)
      if (pattern[i] == '?')
        input << fmt::format("{{\"id\":{},\"question\":[]}}\n", i);
      else
        input << fmt::format("{{\"id\":{},\"question\":\"What is {}?\",\"context\":\"{}\"}}\n", i, pattern[i],
                             told_with);
    request.inputs = {path};
  }

  std::vector<nlohmann::json> rows(const std::string& name) const {
    std::vector<nlohmann::json> all;
    std::ifstream file(directory.path(name));
    for (std::string line; std::getline(file, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  /// Every line is its record's, a repeat says what its original says, and results, errors and status count the same.
  void check(bool partial) {
    const Downloaded done = download(partial);
    REQUIRE(done.written);
    const std::vector<nlohmann::json> results = rows("results.jsonl"), errors = rows("results.errors.jsonl");
    REQUIRE(results.size() == pattern.size());
    std::map<char, std::size_t> first;
    std::int64_t answered = 0, failed = 0, outstanding = 0, skipped = 0, repeated = 0, spent = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      CAPTURE(i);
      const nlohmann::json& row = results[i];
      const char word = pattern[i];
      CHECK(row["index"] == i);
      CHECK(row["key"] == i);
      CHECK(row["input"]["id"] == i);
      const std::string status = row["status"];
      ++(status == "ok" ? answered : status == "outstanding" ? outstanding : failed);
      if (row["usage"].is_object()) spent += row["usage"]["input"].get<std::int64_t>();
      if (word == '?') {
        ++skipped;
        CHECK(status == "error");
        CHECK(row["error"]["code"] == "INVALID_INPUT");
        CHECK(row["job"].is_null());
        continue;
      }
      if (status == "ok") CHECK(row["answer"].get<std::string>().ends_with(fmt::format("What is {}?", word)));
      const auto [known, is_new] = first.try_emplace(word, i);
      if (is_new) {
        CHECK_FALSE(row.contains("same_as"));
        continue;
      }
      ++repeated;
      const nlohmann::json& original = results[known->second];
      CHECK(row["same_as"] == known->second);
      for (const char* member : {"status", "answer", "error", "job", "attempt", "finish_reason"})
        CHECK(row[member] == original[member]);
    }
    const RunReport now = report();
    CHECK(now.records.total == static_cast<std::int64_t>(pattern.size()));
    CHECK(now.records.answered == answered);
    CHECK(now.records.failed == failed);
    CHECK(now.records.outstanding == outstanding);
    CHECK(now.unsent.skipped == skipped);
    CHECK(now.unsent.repeated == repeated);
    CHECK(now.usage.input == spent);
    CHECK(errors.size() == static_cast<std::size_t>(failed + outstanding));
  }
};

std::string random_pattern(Random& random) {
  std::string pattern;
  const double bad = random.uniform(0, 0.6), letters = random.uniform(1, 26);
  const auto length = static_cast<std::size_t>(random.uniform(2, 40));
  while (pattern.size() < length || pattern.find_first_not_of('?') == std::string::npos)
    pattern += random.uniform(0, 1) < bad ? '?' : static_cast<char>('a' + static_cast<int>(random.uniform(0, letters)));
  return pattern;
}

/// The rows that planning stores, as text.
std::vector<std::string> planned_rows(Rig& rig) {
  std::vector<std::string> all;
  const Run run = rig.run();
  for (const Chunk& chunk : rig.store->chunks(run.key, 0, 1'000'000)) {
    all.push_back(fmt::format("chunk {} {} {} {} {} {}", chunk.index, chunk.first_record, chunk.records, chunk.unsent,
                              chunk.tokens, chunk.body_sha256));
    for (const Span& span : rig.store->spans(chunk.key))
      all.push_back(fmt::format("span {} {} {} {}", span.first_record, span.records, span.offset, span.bytes));
  }
  for (const UnsentRecord& record : rig.store->unsent(run.key, 0, run.records, 1'000'000))
    all.push_back(fmt::format("unsent {} {} {} {} {}", record.record, record.line, record.offset, record.message,
                              record.same_as.value_or(-1)));
  return all;
}

}  // namespace

TEST_CASE("what cannot be sent is an error with its reason, what is the same is sent once, and all is in order") {
  UnsentRig rig("?a??bacb?c?d??");
  CHECK(rig.submit().exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 2);
  rig.check(true);
  CHECK(rig.resume(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.report().state == RunState::complete_with_failures);
  rig.check(false);
  rig.check_rows();
  CHECK(rig.submit().exit == ExitCode::incomplete);
  CHECK(rig.service.jobs().size() == 2);
}

TEST_CASE("without bad records a deduplicated run is complete, and each question was sent once") {
  UnsentRig rig("abcabcabc");
  CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 2);
  rig.check(false);
}

TEST_CASE("every count agrees to the record, however jobs end, on random inputs") {
  Random random(5);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    fakes::FakeOptions options;
    options.plan = [&random, usual = options.job](const fakes::FakeJob&) {
      JobPlan plan = usual;
      const double luck = random.uniform(0, 1);
      if (luck < 0.3) plan.answered = random.uniform(0, 1);
      if (luck < 0.15) plan.end = JobState::cancelled;
      if (luck > 0.85) {
        plan.end = JobState::failed;
        plan.has_output = false;
      }
      return plan;
    };
    UnsentRig rig(random_pattern(random), options);
    rig.request.settings.chunk_records = 1 + static_cast<std::int64_t>(random.uniform(0, 5));
    if (random.uniform(0, 1) < 0.3) rig.service.order({.fault = Fault::lost_after, .nth = 1});
    rig.exit_of([&] { return rig.submit(); });
    rig.check(true);
    for (int i = 0; i < 4; ++i) {
      rig.clock.advance(hours{1});
      rig.exit_of([&] { return rig.resume(); });
      rig.check(true);
    }
    rig.check_rows();
  }
}

/// About 10,000 tokens.
std::string long_context() {
  std::string context;
  while (context.size() < 44'000) context += "the quick brown fox jumps over the lazy dog ";
  return context;
}

fakes::FakeOptions with_tokens(std::int64_t enqueued) {
  fakes::FakeOptions options;
  options.enqueued_tokens = enqueued;
  return options;
}

TEST_CASE("halves of a chunk keep what lies between their records, and answer who repeats them") {
  UnsentRig rig("?a?b??acd?a?bef?gb?ha?", with_tokens(30'000), long_context());
  rig.request.settings.chunk_records = 4;
  rig.exit_of([&] { return rig.submit(patiently(Goal::submitted)); });
  rig.check(true);
  rig.resume(patiently());
  CHECK(rig.count(ChunkState::cancelled) == 2);
  CHECK(rig.count(ChunkState::done) == 4);
  rig.check(false);
  rig.check_rows();
}

TEST_CASE("a pilot that is cut in two goes on as its halves, and the rest still waits") {
  UnsentRig rig("abcdefgh", with_tokens(30'000), long_context());
  rig.request.settings.chunk_records = 2;
  rig.request.settings.pilot = 4;
  CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::attention);
  CHECK(rig.state(0) == ChunkState::cancelled);
  CHECK(rig.count(ChunkState::done) == 2);
  CHECK(rig.count(ChunkState::planned) == 2);
  CHECK(rig.report().pause->kind == PauseKind::pilot);
  rig.check(true);
  rig.store->write([&] { rig.store->release(rig.run().key, rig.clock.now()); });
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check(false);
}

TEST_CASE("a pilot counts its records by their index, whether they are sent or not") {
  UnsentRig rig("??ab?abcdef");
  rig.request.settings.pilot = 4;
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.chunk(0).first_record == 2);
  CHECK(rig.chunk(0).records == 2);
  CHECK(rig.chunk(1).first_record == 7);
  rig.clock.advance(hours{2});
  CHECK(rig.resume().exit == ExitCode::attention);
  rig.check(true);
}

TEST_CASE("a cancelled run counts what was not sent as before") {
  UnsentRig rig("ab?abcd?", with_cap(1));
  rig.submit();
  rig.store->write([&] { rig.store->request_cancel(rig.run().key, rig.clock.now()); });
  rig.resume(patiently());
  CHECK(rig.report().state == RunState::cancelled);
  rig.check(false);
}

TEST_CASE("a run with nothing to send is refused and forgotten") {
  UnsentRig rig("???");
  CHECK_THROWS_WITH_AS(rig.submit(), doctest::Contains("nothing to send"), Fatal);
  CHECK(rig.store->runs().empty());
}

TEST_CASE("a scan that is killed at any commit goes on to the very same rows") {
  std::string pattern;
  Random random(9);
  for (int i = 0; i < 4'400; ++i) {
    const double luck = random.uniform(0, 1);
    pattern += luck < 0.3 ? '?' : static_cast<char>(luck < 0.4 ? 'a' + i % 20 : '!' + 0);
  }
  // Of its own: the letters repeat, the others must not.
  const auto ask = [&](UnsentRig& rig) {
    std::ofstream input(rig.request.inputs[0], std::ios::binary);
    for (std::size_t i = 0; i < pattern.size(); ++i)
      input << (pattern[i] == '?'   ? std::string("{\"question\":0}\n")
                : pattern[i] == '!' ? fmt::format("{{\"question\":\"number {}\"}}\n", i)
                                    : fmt::format("{{\"question\":\"{}\"}}\n", pattern[i]));
    rig.request.settings.chunk_records = 1;
  };
  UnsentRig whole("a", with_cap(1));
  ask(whole);
  whole.submit();
  const std::vector<std::string> expected = planned_rows(whole);
  const RecordTally counts = whole.report().records;

  int killed = 0;
  for (std::int64_t dies_at = 1; dies_at <= 8; ++dies_at) {
    CAPTURE(dies_at);
    UnsentRig rig("a", with_cap(1));
    ask(rig);
    std::int64_t commits = 0;
    rig.before_commit = [&] {
      if (++commits == dies_at) throw std::runtime_error("killed");
    };
    try {
      rig.submit();
    } catch (const std::runtime_error&) {
      ++killed;
    }
    rig.before_commit = nullptr;
    rig.die();
    rig.submit();
    CHECK(planned_rows(rig) == expected);
    const RecordTally now = rig.report().records;
    CHECK(now.total == counts.total);
    CHECK(now.failed == counts.failed);
    CHECK(now.outstanding == counts.outstanding);
  }
  CHECK(killed == 8);
}
