// What a plan knows of earlier runs, and the question before anything is sent.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "app/plan_summary.hpp"
#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

bool warns(const PlanSummary& plan, const std::string& code) {
  return std::any_of(plan.warnings.begin(), plan.warnings.end(),
                     [&](const plan::Warning& warning) { return warning.code == code; });
}

}  // namespace

TEST_CASE("a plan in an empty database promises no end and knows no spread") {
  Rig rig;
  rig.ask(30);
  const PlanSummary plan = plan_only(rig.context, rig.request);
  CHECK(plan.chunks == 15);
  CHECK(plan.records == 30);
  CHECK_FALSE(plan.job_life.has_value());
  CHECK_FALSE(plan.forecast.length.has_value());
  CHECK_FALSE(plan.spread.has_value());
  CHECK(plan.cap_basis == CapBasis::assumed);
  CHECK_FALSE(warns(plan, "already_submitted"));
  CHECK(rig.store->runs().empty());
}

TEST_CASE("finished jobs tell how long a wave takes and how far estimates are off") {
  Rig rig;
  rig.service.options().job.pending = minutes{4};
  rig.service.options().job.running = minutes{8};
  rig.ask(20);
  REQUIRE(rig.submit(patiently()).exit == ExitCode::done);
  rig.request.run_name = "next";
  const PlanSummary plan = plan_only(rig.context, rig.request);
  REQUIRE(plan.job_life.has_value());
  CHECK(plan.lives_seen == 10);
  CHECK(*plan.job_life >= minutes{12});
  CHECK(*plan.job_life < minutes{13});
  CHECK(plan.forecast.length == *plan.job_life * plan.waves);
  REQUIRE(plan.spread.has_value());
  CHECK(plan.spread->basis == plan::Spread::Basis::jobs);
  CHECK(plan.spread->count == 10);
}

TEST_CASE("an input that was submitted under another name is noticed, under its own name it is not") {
  Rig rig;
  rig.ask(30);
  rig.submit();
  CHECK_FALSE(warns(plan_only(rig.context, rig.request), "already_submitted"));
  rig.request.run_name = "again";
  CHECK(warns(plan_only(rig.context, rig.request), "already_submitted"));
  rig.ask(31);
  CHECK_FALSE(warns(plan_only(rig.context, rig.request), "already_submitted"));
}

TEST_CASE("the plan that is asked about is the one that is stored, and nothing is sent before the answer") {
  Rig rig;
  rig.ask(30);
  int asked = 0;
  rig.request.agree = [&](const PlanSummary& plan) {
    ++asked;
    CHECK(plan.chunks == 15);
    CHECK(plan.records == 30);
    CHECK(rig.service.count(Call::upload) + rig.service.count(Call::create) == 0);
    return true;
  };
  CHECK(rig.submit().exit == ExitCode::done);
  CHECK(asked == 1);
  CHECK(rig.submit().exit == ExitCode::done);  // goes on: what it costs was agreed to
  CHECK(asked == 1);
}

TEST_CASE("a no forgets the run, its name and its files") {
  Rig rig;
  rig.ask(30);
  rig.request.agree = [](const PlanSummary&) { return false; };
  try {
    rig.submit();
    FAIL("it was submitted");
  } catch (const Fatal& declined) {
    CHECK(declined.exit() == ExitCode::failed);
    CHECK(declined.code() == "declined");
  }
  CHECK(rig.store->runs().empty());
  CHECK(rig.service.count(Call::upload) + rig.service.count(Call::create) == 0);
  rig.request.agree = {};
  CHECK(rig.submit().exit == ExitCode::done);
}

TEST_CASE("a signal at the question is an interruption, and nothing is kept") {
  Rig rig;
  rig.ask(4);
  rig.request.agree = [&](const PlanSummary&) {
    rig.signal = 2;
    return false;
  };
  CHECK(rig.exit_of([&] { return rig.submit(); }) == ExitCode::interrupted);
  CHECK(rig.store->runs().empty());
}

TEST_CASE("a plan that an interrupted submit left is asked about as a whole when it is submitted again") {
  Rig rig;
  rig.ask(30);
  rig.signal = 2;
  CHECK(rig.exit_of([&] { return rig.submit(); }) == ExitCode::interrupted);
  REQUIRE(rig.store->runs().size() == 1);
  rig.signal = 0;
  std::int64_t chunks = 0, records = 0;
  rig.request.agree = [&](const PlanSummary& plan) {
    chunks = plan.chunks;
    records = plan.records;
    return true;
  };
  CHECK(rig.submit().exit == ExitCode::done);
  CHECK(chunks == 15);
  CHECK(records == 30);
}

TEST_CASE("maxOutputTokens of the requests bounds what answers are expected to be, also after the scan") {
  Rig rig;
  rig.request.settings.generation_config = R"({"maxOutputTokens": 64})";
  rig.ask(4);
  const PlanSummary plan = plan_only(rig.context, rig.request);
  CHECK(plan.output.tokens == 64);
  CHECK(plan.output.basis == plan::OutputBasis::max_output);
  CHECK(plan.asked_output == 64);
  rig.submit();
  CHECK(rig.run().options.usual_output == 64);
  CHECK(rig.report().cost.estimated_output == 4 * 64);
}
