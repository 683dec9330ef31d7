// Records that got no usable answer: what is asked again by itself, what waits for a person, and that nothing that has
// an answer is asked again.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/cancel.hpp"
#include "app/retry.hpp"
#include "app/rig.hpp"
#include "plan/repair.hpp"

using namespace batchctl;
using namespace batchctl::app;
using nlohmann::json;

namespace {

/// A row whose answer ended for this reason.
std::string row_that(const std::string& key, const std::string& text, const std::string& reason) {
  json row = json::parse(fakes::answer_line(key, text));
  json& candidate = row["response"]["candidates"][0];
  candidate["content"]["parts"][0]["text"] = text;
  candidate["finishReason"] = reason;
  return row.dump();
}

/// The rows of these records fail by `row` as often as they are asked, up to `times`.
struct FailingRows {
  std::map<std::string, int> left;

  FailingRows(const std::vector<int>& records, int times) {
    for (const int record : records) left[fmt::format("r{}", record)] = times;
  }
  template <class Row>
  fakes::FakeOptions service(Row row) {
    fakes::FakeOptions options;
    options.result = [this, row](const fakes::FakeJob& job, const std::string& key, const std::string& question) {
      // Each job's rows are decided once, however often its output is looked at.
      const auto known = said.find({job.name, key});
      if (known != said.end()) return known->second;
      const auto found = left.find(key);
      std::optional<std::string> line = fakes::answer_line(key, question);
      if (found != left.end() && found->second > 0) {
        --found->second;
        line = row(key);
      }
      return said[{job.name, key}] = line;
    };
    return options;
  }
  std::map<std::pair<std::string, std::string>, std::optional<std::string>> said;
};

std::optional<std::string> internal_error(const std::string& key) {
  return fakes::error_line(key, 13, "internal (fake)");
}
std::optional<std::string> cut_off(const std::string& key) { return row_that(key, "the beginning", "MAX_TOKENS"); }

/// The keys of every job's body, by job in order of creation.
std::vector<std::vector<std::string>> keys_sent(const Rig& rig) {
  std::vector<std::vector<std::string>> all;
  for (const fakes::FakeJob& job : rig.service.jobs()) {
    std::istringstream lines(*job.body);
    all.emplace_back();
    for (std::string line; std::getline(lines, line);) all.back().push_back(json::parse(line)["key"]);
  }
  return all;
}

json request_in(const fakes::FakeJob& job, std::size_t line) {
  std::istringstream lines(*job.body);
  std::string text;
  for (std::size_t i = 0; i <= line; ++i) std::getline(lines, text);
  return json::parse(text)["request"];
}

Retried retry(Rig& rig, const RepairWish& wish = {}, const Stay& stay = patiently()) {
  return app::retry(rig.context, {std::nullopt, wish, rig.request.choose, stay});
}

std::vector<json> results_of(Rig& rig) {
  std::vector<json> rows;
  std::ifstream file(rig.download().results_path);
  for (std::string line; std::getline(file, line);) rows.push_back(json::parse(line));
  return rows;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("rows that failed for a passing reason and rows that are missing are asked again, and nothing else is") {
  FailingRows failing({1, 4, 5}, 1);
  Rig rig(failing.service([](const std::string& key) {
    return key == "r4" ? std::nullopt : internal_error(key);  // r4 has no line at all
  }));
  rig.request.settings.chunk_records = 3;
  rig.ask(6);
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  const auto keys = keys_sent(rig);
  REQUIRE(keys.size() == 3);
  CHECK(keys[2] == Keys{"r1", "r4", "r5"});
  CHECK(rig.chunk(2).kind == ChunkKind::repair);
  CHECK(rig.chunk(2).records == 3);
  CHECK(rig.service.jobs()[2].display_name.find("/2/a1/") != std::string::npos);
  const RunReport report = rig.report();
  CHECK(report.state == RunState::complete);
  CHECK(report.records.answered == 6);
  CHECK(report.records.failed == 0);
  rig.check_service();
  rig.check_rows();
  rig.check_results(6);
  const std::vector<json> rows = results_of(rig);
  for (const int record : {1, 4, 5}) {
    const json& row = rows.at(static_cast<std::size_t>(record));
    CHECK(row["status"] == "ok");
    CHECK(row["job"] == rig.job(2).name->value);
    CHECK(row["attempt"] == 1);
  }
  CHECK(rows[0]["job"] == rig.job(0).name->value);
}

TEST_CASE("a record is asked again as often as the run says, and then waits for a person") {
  for (const int attempts : {0, 1, 2, 3}) {
    CAPTURE(attempts);
    FailingRows failing({0}, 100);
    Rig rig(failing.service(internal_error));
    rig.options = [attempts](Options& options) { options.retry_attempts = attempts; };
    rig.ask(4);
    CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
    CHECK(rig.service.jobs().size() == 2 + static_cast<std::size_t>(attempts));
    CHECK(rig.report().records.failed == 1);
    CHECK(rig.report().in_repair == 0);
    CHECK(rig.resume(patiently()).exit == ExitCode::done);  // nothing is left to resume
    CHECK(rig.service.jobs().size() == 2 + static_cast<std::size_t>(attempts));

    CHECK(retry(rig).records == 1);
    CHECK(rig.service.jobs().size() == 3 + static_cast<std::size_t>(attempts));
    CHECK(rig.report().records.failed == 1);
    rig.check_results(4);
  }
}

TEST_CASE("codes that mean that the request is wrong, and answers that are no use, wait for a person") {
  const auto service = [](const fakes::FakeJob&, const std::string& key, const std::string& question) {
    if (key == "r0") return std::optional(fakes::error_line(key, 3, "invalid argument (fake)"));
    if (key == "r1") return std::optional(row_that(key, "", "SAFETY"));
    if (key == "r2") return std::optional(row_that(key, "", "STOP"));
    if (key == "r3") return std::optional(row_that(key, "the beginning", "MAX_TOKENS"));
    return std::optional(fakes::answer_line(key, question));
  };
  fakes::FakeOptions options;
  options.result = service;
  Rig rig(options);
  rig.ask(6);
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.service.jobs().size() == 3);
  CHECK(rig.report().state == RunState::complete_with_failures);
  CHECK(statuses_in(rig.download().results_path) ==
        std::vector<std::string>{"error", "blocked", "empty", "truncated", "ok", "ok"});

  rig.service.options().result = {};
  CHECK(retry(rig, {{RecordStatus::blocked, RecordStatus::empty}, {}}).records == 2);
  CHECK(statuses_in(rig.download().results_path) ==
        std::vector<std::string>{"error", "ok", "ok", "truncated", "ok", "ok"});
  CHECK(retry(rig).records == 2);
  CHECK(rig.report().state == RunState::complete);
  const auto keys = keys_sent(rig);
  REQUIRE(keys.size() == 6);
  CHECK(keys[3] == Keys{"r1", "r2"});
  // What was cut off is asked for otherwise than the rest, so it is a chunk of its own.
  CHECK(keys[4] == Keys{"r3"});
  CHECK(keys[5] == Keys{"r0"});
  CHECK(retry(rig).records == 0);
  rig.check_results(6);
}

TEST_CASE("an answer that was cut off is asked for with more room and less thinking, and another model when told") {
  FailingRows failing({0, 1}, 1);
  Rig rig(failing.service(cut_off));
  rig.request.settings.model = "gemini-2.5-flash";
  rig.request.settings.generation_config = R"({"temperature":0,"maxOutputTokens":100})";
  rig.ask(2);
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  RepairWish wish;
  wish.overrides.model = "gemini-3-pro";
  wish.overrides.generation_config = R"({"temperature":1})";
  const Retried retried = retry(rig, wish);
  CHECK(retried.records == 2);
  CHECK(retried.driven.exit == ExitCode::done);
  REQUIRE(rig.service.jobs().size() == 2);
  const fakes::FakeJob& job = rig.service.jobs()[1];
  CHECK(job.model == "gemini-3-pro");
  CHECK(request_in(job, 0)["contents"] == request_in(rig.service.jobs()[0], 0)["contents"]);
  CHECK(request_in(job, 0)["generationConfig"] ==
        json::parse(R"({"temperature":1,"maxOutputTokens":400,"thinkingConfig":{"thinkingLevel":"LOW"}})"));
  CHECK(rig.chunk(1).overrides.model == "gemini-3-pro");
  CHECK(rig.store->held("project", "gemini-3-pro", rig.clock.now()).jobs == 0);
  rig.check_results(2);
}

TEST_CASE("a repair for another model waits for that model's quota, not for the run's") {
  FailingRows failing({0}, 1);
  Rig rig(failing.service(cut_off));
  rig.ask(2);
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  Breaker breaker;
  breaker.project = "project";
  breaker.model = "gemini-y";
  breaker.kind = PauseKind::day;
  breaker.open_until = rig.clock.now() + hours{5};
  breaker.since = rig.clock.now();
  breaker.message = "used up for today (fake)";
  rig.store->write([&] { rig.store->save_breaker(breaker); });
  RepairWish wish;
  wish.overrides.model = "gemini-y";
  CHECK(retry(rig, wish, shortly(Goal::submitted)).driven.exit == ExitCode::not_finished);
  CHECK(rig.service.jobs().size() == 1);
  const RunReport report = rig.report();
  CHECK(report.state == RunState::paused);
  REQUIRE(report.pause.has_value());
  CHECK(report.pause->kind == PauseKind::day);
  CHECK(report.in_repair == 1);
}

TEST_CASE("what a cancelled or vanished job left without an answer waits for a person") {
  SUBCASE("vanished") {
    Rig rig;
    rig.ask(4);
    rig.submit();
    rig.clock.advance(minutes{1});
    rig.service.forget_job(rig.job(0).name->value);
    CHECK(rig.resume(patiently()).exit == ExitCode::incomplete);
    CHECK(rig.service.jobs().size() == 2);
    CHECK(retry(rig).records == 2);
    CHECK(rig.report().state == RunState::complete);
    CHECK(keys_sent(rig).back() == Keys{"r0", "r1"});
    rig.check_results(4);
  }
  SUBCASE("cancelled by somebody else, with a part of its answers") {
    fakes::FakeOptions options;
    options.plan = [](const fakes::FakeJob& job) {
      JobPlan plan;
      if (job.serial == 1) plan.end = JobState::cancelled, plan.answered = 0.5;
      return plan;
    };
    Rig rig(options);
    rig.ask(2);
    CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
    CHECK(rig.service.jobs().size() == 1);
    CHECK(rig.report().records.answered == 1);
    CHECK(retry(rig).driven.exit == ExitCode::done);
    CHECK(keys_sent(rig).back() == Keys{"r1"});
    rig.check_results(2);
  }
  SUBCASE("by the person, who then wants the answers after all") {
    Rig rig;
    rig.ask(4);
    rig.submit();
    wish_cancel(rig.context, std::nullopt);
    CHECK_THROWS_AS(retry(rig), Fatal);
    CHECK(rig.resume(patiently()).exit == ExitCode::incomplete);
    CHECK(rig.report().state == RunState::cancelled);
    CHECK(rig.service.jobs().size() == 2);
    CHECK(retry(rig).driven.exit == ExitCode::done);
    CHECK(rig.report().state == RunState::complete);
    rig.check_results(4);
  }
}

TEST_CASE("while a repair is under way nothing is written, and what is asked for in parts says how it stands") {
  FailingRows failing({0}, 1);
  Rig rig(failing.service(internal_error));
  rig.ask(2);
  rig.submit();
  rig.clock.advance(hours{1});
  Downloaded none = rig.download();
  CHECK(none.exit == ExitCode::not_finished);
  CHECK_FALSE(none.written);
  CHECK(rig.report().in_repair == 1);
  CHECK(rig.report().state == RunState::submitting);
  CHECK(rig.report().next == "batchctl resume qa");
  CHECK(rig.resume(shortly()).exit == ExitCode::not_finished);  // its job is there
  CHECK(rig.service.jobs().size() == 2);
  CHECK_FALSE(rig.download().written);
  const Downloaded part = rig.download(true);
  CHECK(part.written);
  CHECK(part.exit == ExitCode::not_finished);
  CHECK(statuses_in(part.results_path) == std::vector<std::string>{"error", "ok"});
  rig.clock.advance(hours{1});
  CHECK(rig.download().exit == ExitCode::done);
  rig.check_results(2);
}

TEST_CASE("a repair is not sent when the input is no longer what it was") {
  FailingRows failing({0}, 1);
  Rig rig(failing.service(internal_error));
  rig.ask(2);
  rig.submit();
  std::ofstream(rig.directory.path("qa.jsonl")) << "{\"id\":\"q-0\",\"question\":\"What is 7?\"}\n"
                                                << "{\"id\":\"q-1\",\"question\":\"What is 1?\"}\n";
  CHECK(rig.resume(patiently()).exit == ExitCode::mismatch);
  CHECK(rig.service.jobs().size() == 1);
  CHECK(rig.run().stop->reason == "input_changed");
  rig.ask(2);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_results(2);
}

TEST_CASE("a repair chunk that the service rejects ends, and its words are those of the results") {
  FailingRows failing({0}, 100);
  Rig rig(failing.service(internal_error));
  rig.ask(2);
  rig.service.order(
      {.on = Call::create,
       .fault = Fault::answers,
       .nth = 2,
       .answer = CreateOutcome{
           CreateAnswer::rejected, std::nullopt, {FailureKind::rejected, 400, "bad line (fake)", {}, {}, {}}}});
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.service.jobs().size() == 1);
  CHECK(rig.state(1) == ChunkState::failed);
  const std::vector<json> rows = results_of(rig);
  CHECK(rows[0]["status"] == "error");
  CHECK(rows[0]["error"] == json{{"code", 400}, {"message", "bad line (fake)"}});
  CHECK(rig.store->problems(rig.run().key, 0, 1).at(0).code == 400);
}

TEST_CASE("the words of a repair stand also behind a record that was left out") {
  FailingRows failing({3}, 100);
  Rig rig(failing.service(internal_error));
  rig.request.settings.skip_invalid = true;
  rig.request.settings.chunk_records = 3;
  rig.request.inputs = {rig.directory.path("qa.jsonl")};
  std::ofstream(rig.request.inputs.front()) << "{\"id\":\"q-0\",\"question\":\"What is 0?\"}\n{\"id\":1}\n"
                                            << "{\"id\":\"q-2\",\"question\":\"What is 2?\"}\n"
                                            << "{\"id\":\"q-3\",\"question\":\"What is 3?\"}\n";
  rig.service.order(
      {.on = Call::create,
       .fault = Fault::answers,
       .nth = 2,
       .answer = CreateOutcome{
           CreateAnswer::rejected, std::nullopt, {FailureKind::rejected, 400, "bad line (fake)", {}, {}, {}}}});
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  const std::vector<json> rows = results_of(rig);
  REQUIRE(rows.size() == 4);
  CHECK(rows[1]["error"]["code"] == "INVALID_INPUT");
  CHECK(rows[3]["error"] == json{{"code", 400}, {"message", "bad line (fake)"}});
}

TEST_CASE("a record that gets a late answer while its repair waits is not sent again") {
  FailingRows failing({0, 1}, 1);
  Rig rig(failing.service(internal_error));
  rig.ask(2);
  rig.submit();
  rig.clock.advance(hours{1});
  rig.service.order({.on = Call::create, .fault = Fault::not_sent, .times = 1});
  rig.resume(shortly(Goal::round, seconds{0}));
  REQUIRE(rig.chunk(1).state == ChunkState::uploaded);
  // A second job of the first create, which nobody knew of, has answered one of them.
  const ChunkKey base = rig.chunk(0).key;
  const Job first = rig.job(0);
  rig.store->write([&] {
    const JobKey twin = rig.store->add_found_job({base,
                                                  1,
                                                  first.model,
                                                  first.display_name,
                                                  first.file,
                                                  first.tokens,
                                                  first.intent_at,
                                                  rig.run().epoch,
                                                  JobName{"batches/twin"},
                                                  JobOrigin::duplicate,
                                                  {}});
    Problem open;
    open.record = 1;
    open.status = RecordStatus::missing;
    rig.store->store_result(rig.run().key, base, twin, ResultSummary{}, std::vector{open}, rig.clock.now());
  });
  rig.resume(patiently());
  CHECK(rig.chunk(1).state == ChunkState::cancelled);
  const auto keys = keys_sent(rig);
  for (std::size_t i = 1; i < keys.size(); ++i) CHECK(keys[i] == Keys{"r1"});
  CHECK(rig.report().records.answered == 2);
}

TEST_CASE("repair chunks fill up to the run's limits, before the last base chunk ends when there is enough") {
  FailingRows failing({0, 1, 2, 3, 4}, 1);
  fakes::FakeOptions options = failing.service(internal_error);
  options.plan = [](const fakes::FakeJob& job) {
    JobPlan plan;
    if (job.serial == 4) plan.running = hours{10};
    return plan;
  };
  Rig rig(options);
  rig.ask(8);
  rig.submit();
  rig.resume(at_most(hours{2}));
  CHECK(rig.state(3) == ChunkState::submitted);
  CHECK(keys_sent(rig).size() > 4);  // two of the five fill a chunk
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  const auto keys = keys_sent(rig);
  std::vector<std::string> again;
  for (std::size_t i = 4; i < keys.size(); ++i) {
    CHECK(keys[i].size() <= 2);
    again.insert(again.end(), keys[i].begin(), keys[i].end());
  }
  std::sort(again.begin(), again.end());
  CHECK(again == Keys{"r0", "r1", "r2", "r3", "r4"});
  rig.check_results(8);
}

TEST_CASE("the store and the plan mean the same codes by a passing reason") {
  for (int code = 0; code <= 16; ++code) {
    CAPTURE(code);
    fakes::FakeOptions options;
    options.result = [code](const fakes::FakeJob& job, const std::string& key, const std::string& question) {
      return std::optional(job.serial == 1 ? fakes::error_line(key, code, "words (fake)")
                                           : fakes::answer_line(key, question));
    };
    Rig rig(options);
    rig.ask(1);
    rig.submit(patiently());
    CHECK((rig.service.jobs().size() == 2) == plan::is_passing(code));
  }
}
