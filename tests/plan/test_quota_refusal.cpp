#include <doctest/doctest.h>

#include <vector>

#include "plan/pacific.hpp"
#include "plan/quota.hpp"
#include "plan/quota_fixture.hpp"

using namespace batchctl;
using namespace batchctl::plan;

TEST_CASE("a refusal with I in flight for w teaches I + w/2 and halves nothing") {
  for (const PauseKind kind : {PauseKind::stock, PauseKind::unknown}) {
    CAPTURE(name_of(kind));
    QuotaRig rig;
    rig.limits.group_size = 100;
    for (int i = 0; i < 21; ++i) rig.succeed(100);
    const Breaker breaker = rig.refuse(100, refusal_of(kind));
    CHECK(rig.view.model.learned_tokens == 2150);
    CHECK(breaker.refusals == 1);
    CHECK_FALSE(breaker.open_until.has_value());
    CHECK_FALSE(rig.view.project.group_size_now.has_value());
    const Admission admission = rig.admitted(100);
    CHECK(admission.gate == Gate::tokens);
    CHECK(admission.learned);
    REQUIRE(admission.breaker != nullptr);
    CHECK(admission.breaker->message == "You exceeded your current quota.");
    CHECK(is_about(*admission.opens - rig.now, minutes{5}));
  }
}

TEST_CASE("a refusal never raises what was learned before") {
  QuotaRig rig;
  rig.view.model.learned_tokens = 500;
  rig.view.held.tokens = 900;
  note_refusal(rig.view, rig.limits, refusal_of(PauseKind::stock), 200, false, rig.now, rig.random);
  CHECK(rig.view.model.learned_tokens == 500);
}

TEST_CASE("after a refusal an ended job makes room for the next one at once") {
  QuotaRig rig;
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  rig.refuse(100);
  CHECK(rig.gate(100) == Gate::tokens);
  rig.end_job(100);
  CHECK(rig.gate(100) == Gate::open);
}

TEST_CASE("refills that succeed never move the probe's time") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  rig.refuse(100);
  const Instant probe_at = rig.view.model.probe_at.value();
  for (int i = 0; i < 10; ++i) {
    rig.now += seconds{20};
    rig.end_job(100);
    rig.succeed(100);
    CHECK(rig.view.model.probe_at == probe_at);
  }
}

TEST_CASE("when its time has come one chunk probes beyond the limit, and a second one must wait") {
  QuotaRig rig;
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  rig.refuse(100);
  rig.now = *rig.view.model.probe_at;
  const Admission admission = rig.admitted(100);
  CHECK(admission.admitted());
  CHECK(admission.probe);
  note_intent(rig.view, rig.limits, true, rig.now);
  CHECK(rig.gate(100) == Gate::tokens);
}

TEST_CASE("a probe waits for a look at the jobs, so that an unseen end does not pass for a limit that has risen") {
  QuotaRig rig;
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  rig.refuse(100);
  rig.now = *rig.view.model.probe_at + seconds{1};
  rig.view.project.polled_at = rig.now - seconds{40};
  const Admission waits = rig.admitted(100);
  CHECK(waits.gate == Gate::tokens);
  CHECK(waits.opens == rig.now + seconds{20});  // the next look
  rig.view.project.polled_at = rig.now;
  CHECK(rig.admitted(100).probe);
}

TEST_CASE("a pause after a refusal with nothing in flight does not sleep through midnight in Los Angeles") {
  QuotaRig rig;
  rig.now = next_pacific_midnight(kNoon) - minutes{20};
  for (int i = 0; i < 7; ++i)
    note_refusal(rig.view, rig.limits, refusal_of(PauseKind::unknown), 100, false, rig.now, rig.random);
  const Duration late = *rig.view.breakers.at(0).open_until - next_pacific_midnight(rig.now);
  CHECK(late >= minutes{1});
  CHECK(late <= minutes{5});
}

TEST_CASE("a probe that succeeds forgets the learned limit") {
  QuotaRig rig;
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  rig.refuse(100);
  rig.now = *rig.view.model.probe_at;
  SUBCASE("none configured: no limit") {
    rig.succeed(100);
    CHECK_FALSE(token_limit(rig.view.model, rig.limits).has_value());
  }
  SUBCASE("configured higher: the configured one") {
    rig.limits.tokens = 10'000;
    rig.succeed(100);
    CHECK(token_limit(rig.view.model, rig.limits) == 10'000);
  }
  SUBCASE("configured no higher: half as much again as is in flight") {
    rig.limits.tokens = 550;
    rig.succeed(100);
    CHECK(token_limit(rig.view.model, rig.limits) == 900);
  }
  CHECK_FALSE(rig.view.model.probe_at.has_value());
}

TEST_CASE("a limit that is found where it was keeps the pace of its probes, one that has moved is probed often again") {
  QuotaRig rig;
  rig.limits.group_size = 1000;
  for (int i = 0; i < 20; ++i) rig.succeed(100);
  rig.refuse(100);
  rig.now = *rig.view.model.probe_at;
  rig.refuse(100);  // after 5 min; the next probe after 10
  rig.now = std::max(*rig.view.model.probe_at, rig.view.breakers.at(0).open_until.value());
  SUBCASE("one more chunk than before") {
    rig.succeed(100);
    rig.refuse(100);
    CHECK(is_about(*rig.view.model.probe_at - rig.now, minutes{10}));
  }
  SUBCASE("half as much again") {
    for (int i = 0; i < 10; ++i) rig.succeed(100);
    rig.refuse(100);
    CHECK(is_about(*rig.view.model.probe_at - rig.now, minutes{5}));
  }
}

TEST_CASE("probes that are refused come 5, 10, 20, 30 and again 30 minutes apart") {
  QuotaRig rig;
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  rig.refuse(100);
  for (const minutes expected : {minutes{10}, minutes{20}, minutes{30}, minutes{30}}) {
    rig.now = *rig.view.model.probe_at;
    for (const Breaker& breaker : rig.view.breakers)
      if (breaker.open_until) rig.now = std::max(rig.now, *breaker.open_until);
    const Instant probed = rig.now;
    rig.refuse(100);
    CHECK(is_about(*rig.view.model.probe_at - probed, expected));
  }
}

TEST_CASE("when the learned limit is about the configured one, probes are an hour apart, at most four") {
  for (const auto& [told, expected] : {std::pair{520, Duration{hours{1}}}, {1000, Duration{minutes{5}}}}) {
    CAPTURE(told);
    QuotaRig rig;
    rig.limits.tokens = told;
    for (int i = 0; i < 5; ++i) rig.succeed(100);
    rig.refuse(20);  // learned: 510
    CHECK(is_about(*rig.view.model.probe_at - rig.now, expected));
  }
  // Of three chunks a third is not given up for an hour.
  QuotaRig large;
  large.limits.tokens = 300;
  for (int i = 0; i < 2; ++i) large.succeed(100);
  large.refuse(100);
  CHECK(is_about(*large.view.model.probe_at - large.now, minutes{5}));

  QuotaRig full;
  full.limits.tokens = 500;
  for (int i = 0; i < 5; ++i) full.succeed(100);
  full.view.model.probe_at = full.now;
  for (const hours expected : {hours{1}, hours{2}, hours{4}, hours{4}}) {
    const Instant probed = full.now;
    note_refusal(full.view, full.limits, refusal_of(PauseKind::stock), 100, expected != hours{1}, full.now,
                 full.random);
    CHECK(is_about(*full.view.model.probe_at - probed, expected));
    full.now = *full.view.model.probe_at;
  }
}

TEST_CASE("refusals in a row suspend creating for 2, 4, 8, 15 and again 15 minutes") {
  QuotaRig rig;
  rig.view.held.tokens = 500;
  const auto refuse = [&] {
    return note_refusal(rig.view, rig.limits, refusal_of(PauseKind::unknown), 100, false, rig.now, rig.random);
  };
  CHECK_FALSE(refuse().open_until.has_value());
  for (const minutes expected : {minutes{2}, minutes{4}, minutes{8}, minutes{15}, minutes{15}}) {
    CAPTURE(expected.count());
    CHECK(is_about(*refuse().open_until - rig.now, expected));
  }
}

TEST_CASE("refused with nothing in flight, creating is suspended from the first time, up to an hour") {
  QuotaRig rig;
  for (const minutes expected :
       {minutes{1}, minutes{2}, minutes{4}, minutes{8}, minutes{16}, minutes{32}, minutes{60}, minutes{60}}) {
    CAPTURE(expected.count());
    const Breaker breaker =
        note_refusal(rig.view, rig.limits, refusal_of(PauseKind::stock), 100, false, rig.now, rig.random);
    CHECK(is_about(*breaker.open_until - rig.now, expected));
  }
  CHECK_FALSE(rig.view.model.learned_tokens.has_value());
}

TEST_CASE("a pause began with the first refusal of a row, and a success ends the row") {
  QuotaRig rig;
  rig.view.held.tokens = 500;
  const Instant first = rig.now;
  const auto refuse = [&] {
    return note_refusal(rig.view, rig.limits, refusal_of(PauseKind::stock), 100, false, rig.now, rig.random);
  };
  CHECK(refuse().since == first);
  rig.now += minutes{7};
  CHECK(refuse().since == first);
  note_success(rig.view, rig.limits, false, rig.now);
  CHECK(rig.view.breakers.at(0).refusals == 0);
  CHECK_FALSE(rig.view.breakers.at(0).open_until.has_value());
  rig.now += minutes{7};
  CHECK(refuse().since == first + minutes{14});
}

TEST_CASE("an ended job opens a suspended stock within 5 s, but only while fewer than three refusals came in a row") {
  for (int refusals = 2; refusals <= 4; ++refusals) {
    CAPTURE(refusals);
    QuotaRig rig;
    rig.view.held.tokens = 500;
    for (int i = 0; i < refusals; ++i)
      note_refusal(rig.view, rig.limits, refusal_of(PauseKind::stock), 100, false, rig.now, rig.random);
    const auto before = rig.view.breakers.at(0).open_until;
    const std::vector<Breaker> changed = note_completion(rig.view, 100, rig.now, rig.random);
    if (refusals < 3) {
      CHECK(changed.size() == 1);
      CHECK(*rig.view.breakers.at(0).open_until <= rig.now + seconds{5});
      CHECK(*rig.view.breakers.at(0).open_until >= rig.now);
    } else {
      CHECK(changed.empty());
      CHECK(rig.view.breakers.at(0).open_until == before);
    }
  }
}

TEST_CASE("an ended job never opens what only time opens") {
  for (const PauseKind kind : {PauseKind::day, PauseKind::minute, PauseKind::spend, PauseKind::storage}) {
    CAPTURE(name_of(kind));
    QuotaRig rig;
    rig.refuse(1, refusal_of(kind));
    CHECK(note_completion(rig.view, 100, rig.now, rig.random).empty());
  }
}

TEST_CASE("an ended job never makes a pause longer") {
  QuotaRig rig;
  rig.view.breakers.push_back({"p", "m", PauseKind::stock, rig.now + milliseconds{1}, {}, 1, {}, "", rig.now});
  note_completion(rig.view, 100, rig.now, rig.random);
  CHECK(*rig.view.breakers.at(0).open_until <= rig.now + milliseconds{1});
}
