// --max-cost: what is committed never passes it, whatever becomes of the jobs.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// A dollar a million tokens of output, the input for nothing.
plan::Catalogue dollars() {
  plan::Catalogue catalogue;
  plan::ModelFacts facts;
  facts.model = "gemini-x";
  facts.prices = {{"", {0, 1}, {0, 2}, {}, {"a page", "2026-11-26", "printed"}}};
  catalogue.put(facts);
  return catalogue;
}

/// Chunks of two records, half a dollar a record: a dollar a job, as long as no answer is known.
struct Priced : Rig {
  plan::Catalogue catalogue = dollars();

  explicit Priced(std::optional<double> max_cost) {
    context.catalogue = &catalogue;
    limit(max_cost);
    // An answer really takes half of what was expected.
    service.options().result = [](const fakes::FakeJob&, const std::string& key, const std::string& question) {
      return R"({"response":{"candidates":[{"content":{"parts":[{"text":"answer to: )" + question +
             R"("}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,)"
             R"("candidatesTokenCount":200000,"thoughtsTokenCount":50000}},"key":")" +
             key + "\"}";
    };
  }
  void limit(std::optional<double> max_cost) {
    options = [max_cost](Options& chosen) {
      chosen.max_cost = max_cost;
      chosen.expect_output = 500'000;
    };
  }
};

}  // namespace

TEST_CASE("creating stops exactly at the limit: exit 4, and why in figures") {
  Priced rig(3);
  rig.ask(10);
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.service.count(Call::create) == 3);
  const RunReport report = rig.report();
  CHECK(report.state == RunState::needs_attention);
  REQUIRE(report.pause.has_value());
  CHECK(report.pause->reason == "COST_LIMIT");
  CHECK(report.pause->kind == PauseKind::cost);
  CHECK_FALSE(report.pause->resume_at.has_value());
  for (const char* figure : {"chunk 3", "$1.00", "$3.00", "3 jobs", "$4.00", "--max-cost $3.00"})
    CHECK_MESSAGE(report.pause->message.find(figure) != std::string::npos, report.pause->message);
  CHECK(report.cost.committed == doctest::Approx(3));
  CHECK(report.next == "batchctl resume qa --max-cost 5.00");
  rig.check_rows();
}

TEST_CASE("a cent below, and one job less is created") {
  Priced rig(2.99);
  rig.ask(10);
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.service.count(Call::create) == 2);
}

TEST_CASE("a run without a limit is not held back, and a limit above the whole cost neither") {
  for (const std::optional<double> limit : {std::optional<double>{}, std::optional<double>{5.0}}) {
    Priced rig(limit);
    rig.ask(10);
    CHECK(rig.submit().exit == ExitCode::done);
    CHECK(rig.service.count(Call::create) == 5);
  }
}

TEST_CASE("ended jobs count what they really took, and the next ones what answers were") {
  Priced rig(3);
  rig.ask(20);
  CHECK(rig.submit().exit == ExitCode::attention);
  rig.clock.advance(hours{2});
  rig.options = {};
  CHECK(rig.resume(shortly()).exit == ExitCode::attention);
  // Three jobs took half a dollar each, and half a dollar each is expected of the next: three more make 3.
  CHECK(rig.service.count(Call::create) == 6);
  const RunReport report = rig.report();
  CHECK(report.cost.actual == doctest::Approx(1.5));
  CHECK(report.cost.committed == doctest::Approx(3));
  CHECK(report.cost.output.basis == plan::OutputBasis::answers);
  CHECK(report.cost.estimated == doctest::Approx(5));  // 20 records, a quarter each
}

TEST_CASE("a stopped run goes on with a higher limit, which is remembered, and with none") {
  Priced rig(1);
  rig.ask(8);
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.service.count(Call::create) == 1);
  rig.limit(2);
  CHECK(rig.resume(shortly()).exit == ExitCode::attention);
  CHECK(rig.run().options.max_cost == 2.0);
  CHECK(rig.service.count(Call::create) == 2);
  rig.options = {};
  CHECK(rig.resume(shortly()).exit == ExitCode::attention);
  CHECK(rig.service.count(Call::create) == 2);
  rig.limit(std::nullopt);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 4);
  rig.check_results(8);
}

TEST_CASE("a create of unclear outcome counts as a job") {
  Priced rig(1);
  rig.ask(4);
  rig.service.order({.fault = Fault::lost_after});
  CHECK(rig.submit().exit == ExitCode::attention);
  CHECK(rig.state(0) == ChunkState::reconciling);
  CHECK(rig.service.count(Call::create) == 1);
  CHECK(rig.run().stop->reason == "cost_limit");
  CHECK(rig.report().cost.committed == doctest::Approx(1));
}

TEST_CASE("a refused create holds nothing, so its estimate is free again") {
  Priced rig(1);
  rig.ask(2);
  rig.service.order({.fault = Fault::answers, .answer = fakes::quota_failure(PauseKind::minute, seconds{5})});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 1);
}

TEST_CASE("without a known price a limit cannot be held: the command does not start, and nothing is stored") {
  Priced rig(1);
  rig.ask(4);
  rig.request.settings.model = "gemini-y";
  rig.context.limits_path = "/etc/limits.json";
  try {
    rig.submit();
    FAIL("it started");
  } catch (const Fatal& refused) {
    CHECK(refused.exit() == ExitCode::usage);
    CHECK(refused.code() == "no_price");
    CHECK(refused.next().find("/etc/limits.json") != std::string::npos);
  }
  CHECK(rig.store->runs().empty());
  CHECK_THROWS_AS(plan_only(rig.context, rig.request), Fatal);
  rig.limit(std::nullopt);
  rig.submit();
  rig.limit(1);
  CHECK_THROWS_AS(rig.resume(), Fatal);
  CHECK_FALSE(rig.run().options.max_cost.has_value());
}
