// A refusal that does not say whether tokens or jobs are too many.
#include <doctest/doctest.h>

#include "plan/quota.hpp"
#include "plan/quota_fixture.hpp"

using namespace batchctl;
using namespace batchctl::plan;

TEST_CASE("an unmarked refusal is a number of jobs as much as a number of tokens: both are held to") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  for (int i = 0; i < 21; ++i) rig.succeed(100);
  rig.refuse(100);
  CHECK(rig.view.model.learned_jobs == 21);
  CHECK(rig.view.model.learned_tokens == 2150);
  // A small chunk would fit beside the tokens, and is the 22nd job all the same.
  const Admission admission = rig.admitted(10);
  CHECK(admission.gate == Gate::jobs);
  CHECK(admission.learned);
  CHECK(admission.opens == rig.view.model.probe_at);
  rig.end_job(100);
  CHECK(rig.gate(10) == Gate::open);
  CHECK(rig.gate(100) == Gate::open);
}

TEST_CASE("a number of tokens that was accepted before explains no refusal: the number of jobs does") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  for (int i = 0; i < 20; ++i) rig.succeed(100);
  rig.succeed(400);  // 21 jobs, 2,400 tokens
  rig.end_job(400);
  rig.succeed(50);  // 21 jobs, 2,050 tokens
  rig.refuse(100);
  CHECK(rig.view.model.learned_jobs == 21);
  CHECK_FALSE(rig.view.model.learned_tokens.has_value());
}

TEST_CASE("a number of jobs that was accepted before explains no refusal: the tokens do") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  for (int i = 0; i < 30; ++i) rig.succeed(10);
  for (int i = 0; i < 30; ++i) rig.end_job(10);
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  rig.refuse(100);
  CHECK(rig.view.model.learned_tokens == 550);
  CHECK_FALSE(rig.view.model.learned_jobs.has_value());
}

TEST_CASE("a refusal below what was accepted in both is a limit that fell: both are held to") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  for (int i = 0; i < 21; ++i) rig.succeed(100);
  for (int i = 0; i < 10; ++i) rig.end_job(100);
  rig.refuse(100);
  CHECK(rig.view.model.learned_tokens == 1150);
  CHECK(rig.view.model.learned_jobs == 11);
}

TEST_CASE("a probe that succeeds beyond a learned number of jobs forgets it") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  for (int i = 0; i < 21; ++i) rig.succeed(100);
  rig.refuse(100);
  rig.now = *rig.view.model.probe_at;
  CHECK(rig.admitted(10).probe);
  rig.succeed(10);
  CHECK_FALSE(rig.view.model.learned_jobs.has_value());
  CHECK(rig.view.model.learned_tokens == 2150);  // 2,110 are in flight: nothing was learned of tokens
}

TEST_CASE("jobs of others count towards the learned number") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  rig.view.project.others_jobs = 5;
  for (int i = 0; i < 10; ++i) rig.succeed(100);
  rig.refuse(100);
  CHECK(rig.view.model.learned_jobs == 15);
  CHECK(job_limit(rig.view, rig.limits) == 10);
  rig.view.project.others_jobs = 2;
  CHECK(job_limit(rig.view, rig.limits) == 13);
}

TEST_CASE("with nothing in flight no learned number of jobs keeps a chunk out") {
  QuotaRig rig;
  rig.view.model.learned_jobs = 0;
  CHECK(rig.gate(100) == Gate::open);
}

TEST_CASE("ended jobs that are known to count longer leave no room yet") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  rig.limits.tokens = 1000;
  rig.view.model.late = minutes{15};
  for (int i = 0; i < 10; ++i) rig.succeed(100);
  rig.end_job(100);
  CHECK(rig.gate(100) == Gate::tokens);
  rig.now += minutes{15};
  CHECK(rig.gate(100) == Gate::open);
}

TEST_CASE("a flow limit that was learned makes the next create wait its turn, and says until when") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  // One creation in ten minutes, with nothing else in flight: refused after 4 minutes, made after 10.
  for (int i = 0; i < 4; ++i) {
    if (rig.view.model.probe_at) rig.now = std::max(rig.now, *rig.view.model.probe_at);
    rig.view.breakers.clear();
    rig.view.model.learned_tokens.reset();
    rig.view.model.learned_jobs.reset();
    note_intent(rig.view, rig.limits, false, rig.now);
    rig.view.held = {100, 1, {}};
    note_success(rig.view, rig.limits, false, rig.now);
    const Instant made = rig.now;
    rig.view.held = {};
    rig.now = made + minutes{4};
    note_refusal(rig.view, rig.limits, refusal_of(PauseKind::unknown), 100, false, rig.now, rig.random);
    rig.view.model.probe_at.reset();
    rig.now = made + minutes{10};
  }
  const Admission admission = rig.admitted(100);
  CHECK(admission.gate == Gate::open);
  rig.succeed(100);
  const Instant made = rig.now;
  rig.view.held = {};
  rig.now += minutes{1};
  const Admission waits = rig.admitted(100);
  CHECK(waits.gate == Gate::flow);
  REQUIRE(waits.flow.has_value());
  CHECK(waits.flow->creations == 1);
  CHECK(*waits.opens > made + minutes{5});  // half-way between 4 and 10 at the least
  CHECK(*waits.opens <= made + minutes{10});
}

TEST_CASE("a refusal that names a number of jobs teaches that number alone") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  for (int i = 0; i < 21; ++i) rig.succeed(100);
  rig.refuse(100, refusal_of(PauseKind::jobs));
  CHECK(rig.view.model.learned_jobs == 21);
  CHECK_FALSE(rig.view.model.learned_tokens.has_value());
  CHECK(rig.gate(1) == Gate::jobs);
  rig.end_job(100);
  CHECK(rig.gate(100'000) == Gate::open);
}
