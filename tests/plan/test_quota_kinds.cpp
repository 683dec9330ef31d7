#include <doctest/doctest.h>

#include "plan/pacific.hpp"
#include "plan/quota.hpp"
#include "plan/quota_fixture.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

/// The breaker that a refusal of this kind leaves behind, on a quota with some tokens in flight.
struct Refused {
  QuotaRig rig;
  Breaker breaker;
  Duration open_for{};

  explicit Refused(PauseKind kind, std::optional<Duration> retry_after = std::nullopt) {
    rig.limits.group_size = 10;
    rig.view.held.tokens = 500;
    breaker = rig.refuse(100, refusal_of(kind, retry_after));
    if (breaker.open_until) open_for = *breaker.open_until - rig.now;
  }
};

}  // namespace

TEST_CASE("only the kinds of a stock teach a token limit") {
  for (const PauseKind kind :
       {PauseKind::zero, PauseKind::day, PauseKind::minute, PauseKind::spend, PauseKind::storage}) {
    CAPTURE(name_of(kind));
    const Refused refused(kind);
    CHECK_FALSE(refused.rig.view.model.learned_tokens.has_value());
    CHECK_FALSE(refused.rig.view.model.probe_at.has_value());
  }
  CHECK(Refused(PauseKind::stock).rig.view.model.learned_tokens == 550);
  CHECK(Refused(PauseKind::unknown).rig.view.model.learned_tokens == 550);
}

TEST_CASE("a quota of zero suspends nothing: a person must act") {
  CHECK_FALSE(Refused(PauseKind::zero).breaker.open_until.has_value());
}

TEST_CASE("a daily limit opens 1 to 5 minutes after midnight in Los Angeles, whatever a short hint says") {
  for (const std::optional<Duration> hint : {std::optional<Duration>{}, {seconds{5}}, {hours{1}}}) {
    const Refused refused(PauseKind::day, hint);
    const Duration late = *refused.breaker.open_until - next_pacific_midnight(refused.rig.now);
    CHECK(late >= minutes{1});
    CHECK(late <= minutes{5});
  }
}

TEST_CASE("a daily limit's hint of more than an hour counts, up to 26 hours") {
  CHECK(Refused(PauseKind::day, hours{3}).open_for >= hours{3});
  CHECK(Refused(PauseKind::day, hours{3}).open_for <= hours{3} + minutes{5});
  CHECK(Refused(PauseKind::day, hours{400}).open_for <= hours{26} + minutes{5});
}

TEST_CASE("a daily limit with a 5 s hint costs one call an hour") {
  QuotaRig rig;
  rig.refuse(100, refusal_of(PauseKind::day, seconds{5}));
  const Instant midnight = next_pacific_midnight(rig.now);
  int calls = 0;
  for (; rig.now < midnight; rig.now += seconds{30}) {
    const Admission admission = rig.admitted(100);
    if (!admission.admitted()) continue;
    CHECK(admission.probe);
    rig.refuse(100, refusal_of(PauseKind::day, seconds{5}));
    ++calls;
  }
  CHECK(calls == 19);  // from noon in London it is 20 hours to midnight there
}

TEST_CASE("a daily limit that is lifted early is noticed by the hourly probe and all is open again") {
  QuotaRig rig;
  rig.refuse(100, refusal_of(PauseKind::day));
  CHECK(rig.gate(100) == Gate::breaker);
  CHECK(rig.admitted(100).opens == rig.now + hours{1});
  rig.now += hours{1};
  rig.succeed(100);
  CHECK(rig.gate(100) == Gate::open);
}

TEST_CASE("a limit a minute waits for the hint and 1 to 6 seconds, within a second and a quarter of an hour") {
  const auto is_within = [](Duration length, Duration hint) {
    return length >= hint + seconds{1} && length <= hint + seconds{6};
  };
  CHECK(is_within(Refused(PauseKind::minute, seconds{28}).open_for, seconds{28}));
  CHECK(is_within(Refused(PauseKind::minute).open_for, seconds{60}));
  CHECK(is_within(Refused(PauseKind::minute, milliseconds{0}).open_for, seconds{1}));
  CHECK(is_within(Refused(PauseKind::minute, hours{9}).open_for, minutes{15}));
  CHECK(is_within(Refused(PauseKind::minute, Duration::max()).open_for, minutes{15}));
}

TEST_CASE("a limit a minute halves the group, down to one, and ten successes give one place back") {
  QuotaRig rig;
  rig.limits.group_size = 4;
  const auto refuse = [&] {
    note_refusal(rig.view, rig.limits, refusal_of(PauseKind::minute), 1, false, rig.now, rig.random);
  };
  refuse();
  CHECK(rig.view.project.group_size_now == 2);
  refuse();
  CHECK(rig.view.project.group_size_now == 1);
  refuse();
  CHECK(rig.view.project.group_size_now == 1);
  for (int i = 0; i < 10; ++i) note_success(rig.view, rig.limits, false, rig.now);
  CHECK(rig.view.project.group_size_now == 2);
  for (int i = 0; i < 20; ++i) note_success(rig.view, rig.limits, false, rig.now);
  CHECK_FALSE(rig.view.project.group_size_now.has_value());
}

TEST_CASE("a halved group ends after as many creates") {
  QuotaRig rig;
  rig.limits.group_size = 4;
  rig.refuse(1, refusal_of(PauseKind::minute, seconds{60}));
  rig.now += minutes{2};
  rig.succeed(1);
  rig.succeed(1);
  CHECK(rig.gate(1) == Gate::group);
}

TEST_CASE("a spending limit waits about ten minutes, then goes on with half the group") {
  const Refused refused(PauseKind::spend, seconds{3});
  CHECK(is_about(refused.open_for, minutes{10}));
  CHECK(refused.rig.view.project.group_size_now == 5);
}

TEST_CASE("a refused upload suspends uploads alone, for 5 min doubling to an hour, and teaches nothing") {
  for (const PauseKind kind : {PauseKind::storage, PauseKind::unknown, PauseKind::stock, PauseKind::spend}) {
    CAPTURE(name_of(kind));
    QuotaRig rig;
    for (const int expected : {5, 10, 20, 40, 60, 60}) {
      const Breaker breaker = note_upload_refusal(rig.view, refusal_of(kind), rig.now, rig.random);
      CHECK(is_about(*breaker.open_until - rig.now, minutes{expected}));
      CHECK(admit_upload(rig.view, 1, rig.now).opens == breaker.open_until);
      CHECK_FALSE(admit_upload(rig.view, 1, rig.now).admitted());
      CHECK(rig.gate(1) == Gate::open);
      rig.now = *breaker.open_until;
      CHECK(admit_upload(rig.view, 1, rig.now).admitted());
    }
    CHECK_FALSE(rig.view.model.learned_tokens.has_value());
    CHECK_FALSE(rig.view.project.group_size_now.has_value());
  }
}

TEST_CASE("an upload refused for a flow waits for the hint, for a day until midnight in Los Angeles") {
  QuotaRig rig;
  const Refusal minute = refusal_of(PauseKind::minute, seconds{28});
  const Duration wait = *note_upload_refusal(rig.view, minute, rig.now, rig.random).open_until - rig.now;
  CHECK(wait >= seconds{29});
  CHECK(wait <= seconds{34});
  QuotaRig daily;
  const Breaker day = note_upload_refusal(daily.view, refusal_of(PauseKind::day), daily.now, daily.random);
  CHECK(*day.open_until > next_pacific_midnight(daily.now));
}

TEST_CASE("uploads that are refused together are one refusal, and a create's success says nothing about them") {
  QuotaRig rig;
  const Refusal full = refusal_of(PauseKind::storage);
  const Instant open_until = note_upload_refusal(rig.view, full, rig.now, rig.random).open_until.value();
  CHECK(note_upload_refusal(rig.view, full, rig.now, rig.random).open_until == open_until);
  rig.succeed(1);
  CHECK(admit_upload(rig.view, 1, rig.now).opens == open_until);
}

TEST_CASE("an outage suspends for 5 s, doubling to 5 min, and is no refusal") {
  QuotaRig rig;
  for (const int expected : {5, 10, 20, 40, 80, 160, 300, 300}) {
    const Breaker breaker = note_outage(rig.view, "503", rig.now, rig.random);
    CAPTURE(expected);
    CHECK(is_about(*breaker.open_until - rig.now, seconds{expected}));
    CHECK(breaker.model.empty());
    CHECK(breaker.kind == PauseKind::outage);
    rig.now = *breaker.open_until;
  }
  CHECK_FALSE(rig.view.model.learned_tokens.has_value());
  CHECK_FALSE(rig.view.project.group_size_now.has_value());
}

TEST_CASE("requests that fail together are one outage") {
  QuotaRig rig;
  const Instant open_until = note_outage(rig.view, "503", rig.now, rig.random).open_until.value();
  for (int i = 0; i < 5; ++i) CHECK(note_outage(rig.view, "503", rig.now, rig.random).open_until == open_until);
  CHECK(rig.view.breakers.at(0).refusals == 1);
}

TEST_CASE("the probe of a daily limit says nothing about enqueued tokens") {
  QuotaRig rig;
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  rig.refuse(100);
  rig.end_job(100);
  rig.end_job(100);
  rig.refuse(100, refusal_of(PauseKind::day));
  const Instant stock_probe = rig.now + hours{9};
  rig.view.model.probe_at = stock_probe;
  rig.now += hours{1};
  rig.succeed(100);
  CHECK(rig.view.model.learned_tokens == 550);
  CHECK(rig.view.model.probe_at == stock_probe);
}
