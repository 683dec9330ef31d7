#include <doctest/doctest.h>

#include "plan/quota.hpp"
#include "plan/quota_fixture.hpp"

using namespace batchctl;
using namespace batchctl::plan;

TEST_CASE("without any known limit and with a free slot a chunk is admitted") {
  const QuotaRig rig;
  CHECK(rig.admitted(140'000).admitted());
  CHECK_FALSE(rig.admitted(140'000).probe);
}

TEST_CASE("an open breaker keeps every chunk out until its time, and names itself") {
  QuotaRig rig;
  rig.view.breakers.push_back({"p", "m", PauseKind::minute, rig.now + seconds{40}, {}, 1, {}, "slow down", rig.now});
  const Admission admission = rig.admitted(1);
  CHECK(admission.gate == Gate::breaker);
  CHECK(admission.opens == rig.now + seconds{40});
  REQUIRE(admission.breaker != nullptr);
  CHECK(admission.breaker->message == "slow down");
  rig.now += seconds{40};
  CHECK(rig.gate(1) == Gate::open);
}

TEST_CASE("of several breakers the one that opens last decides") {
  QuotaRig rig;
  rig.view.breakers.push_back({"p", "m", PauseKind::minute, rig.now + seconds{40}, {}, 1, {}, "minute", rig.now});
  rig.view.breakers.push_back({"p", "", PauseKind::outage, rig.now + seconds{90}, {}, 1, {}, "down", rig.now});
  const Admission admission = rig.admitted(1);
  CHECK(admission.opens == rig.now + seconds{90});
  CHECK(admission.breaker->kind == PauseKind::outage);
}

TEST_CASE("full storage stops no create: the file is there already") {
  QuotaRig rig;
  rig.view.breakers.push_back({"p", "m", PauseKind::storage, rig.now + hours{1}, {}, 1, {}, "full", rig.now});
  CHECK(rig.gate(1) == Gate::open);
}

TEST_CASE("jobs are admitted up to the limit less the jobs of others, and only an ended job helps then") {
  QuotaRig rig;
  rig.limits.max_jobs = 95;
  rig.view.project.others_jobs = 12;
  rig.view.held.jobs = 82;
  CHECK(rig.gate(1) == Gate::open);
  rig.view.held.jobs = 83;
  CHECK(rig.gate(1) == Gate::jobs);
  CHECK_FALSE(rig.admitted(1).opens.has_value());
}

TEST_CASE("a configured token limit is filled to the last token and not beyond") {
  QuotaRig rig;
  rig.limits.tokens = 1000;
  rig.view.held.tokens = 900;
  CHECK(rig.gate(100) == Gate::open);
  const Admission admission = rig.admitted(101);
  CHECK(admission.gate == Gate::tokens);
  CHECK_FALSE(admission.learned);
  CHECK_FALSE(admission.opens.has_value());
}

TEST_CASE("with nothing in flight a chunk above the learned limit is admitted: else it never would be") {
  QuotaRig rig;
  rig.view.model.learned_tokens = 50;
  CHECK(rig.gate(100) == Gate::open);
  rig.view.held.tokens = 1;
  CHECK(rig.gate(100) == Gate::tokens);
}

TEST_CASE("the learned limit counts before the configured one") {
  QuotaRig rig;
  rig.limits.tokens = 1000;
  rig.view.model.learned_tokens = 500;
  rig.view.held.tokens = 450;
  const Admission admission = rig.admitted(60);
  CHECK(admission.gate == Gate::tokens);
  CHECK(admission.learned);
}

TEST_CASE("one create of the project is on its way at a time, and its answer is looked for soon") {
  QuotaRig rig;
  rig.view.held.newest_intent = rig.now;
  CHECK(rig.gate(1) == Gate::in_flight);
  REQUIRE(rig.admitted(1).opens.has_value());
  CHECK(*rig.admitted(1).opens > rig.now);
  CHECK(*rig.admitted(1).opens <= rig.now + seconds{10});
}

TEST_CASE("a group has so many places, then none until the delay after its last answer") {
  QuotaRig rig;
  rig.limits.group_size = 3;
  for (int i = 0; i < 3; ++i) {
    rig.succeed(1);
    rig.now += seconds{2};
  }
  const Admission admission = rig.admitted(1);
  CHECK(admission.gate == Gate::group);
  CHECK(admission.opens == rig.now - seconds{2} + seconds{30});
  rig.now = *admission.opens;
  for (int i = 0; i < 3; ++i) rig.succeed(1);
  CHECK(rig.gate(1) == Gate::group);
}

TEST_CASE("a refill uses what is left of the open group, and a group that saw no create for long is new") {
  QuotaRig rig;
  rig.limits.group_size = 3;
  rig.succeed(1);
  rig.now += seconds{29};
  rig.succeed(1);
  rig.now += seconds{29};
  rig.succeed(1);
  rig.now += seconds{29};
  CHECK(rig.gate(1) == Gate::group);
  rig.now += seconds{1};
  rig.succeed(1);
  CHECK(rig.view.project.group_left == 2);
}

TEST_CASE("a group's pause that ends later than any can is a clock that was set back, and holds nobody up") {
  QuotaRig rig;
  rig.view.project.group_left = 0;
  rig.view.project.group_until = rig.now + seconds{30};
  CHECK(rig.gate(1) == Gate::group);
  rig.view.project.group_until = rig.now + hours{3};
  CHECK(rig.gate(1) == Gate::open);
  rig.succeed(1);
  CHECK(rig.view.project.group_left == rig.limits.group_size - 1);
}

TEST_CASE("runs of one project share the group: what one took is gone for the other") {
  QuotaRig first, second;
  first.limits.group_size = second.limits.group_size = 2;
  first.succeed(1);
  second.view.project = first.view.project;  // the same row
  second.succeed(1);
  first.view.project = second.view.project;
  CHECK(first.gate(1) == Gate::group);
  CHECK(second.gate(1) == Gate::group);
}

TEST_CASE("an ordinary intent leaves the probe's time alone, a probe moves it on before it is sent") {
  QuotaRig rig;
  rig.view.model.probe_at = rig.now + minutes{3};
  note_intent(rig.view, rig.limits, false, rig.now);
  CHECK(rig.view.model.probe_at == rig.now + minutes{3});
  rig.now += minutes{3};
  note_intent(rig.view, rig.limits, true, rig.now);
  CHECK(rig.view.model.probe_at == rig.now + minutes{5});
}
