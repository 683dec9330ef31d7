#include "store/fixture.hpp"

using namespace batchctl;

TEST_CASE("a quota that was never saved is the default one") {
  Fixture fixture;
  const Quota quota = fixture.store->quota("p", "m");
  CHECK(quota.project == "p");
  CHECK(quota.model == "m");
  CHECK_FALSE(quota.learned_tokens.has_value());
  CHECK(quota.probe_interval == minutes{5});
  CHECK(quota.est_factor == 1.0);
}

TEST_CASE("a quota comes back as it was saved, and saving again replaces it") {
  Fixture fixture;
  Quota quota;
  quota.project = "p";
  quota.model = "m";
  quota.conf_tokens = 3'000'000'000;
  quota.learned_tokens = 5;
  quota.conf_jobs = 90;
  quota.probe_at = at(1);
  quota.probe_interval = milliseconds{1234};
  quota.probe_owner = "me";
  quota.group_left = 4;
  quota.group_until = at(2);
  quota.group_size_now = 5;
  quota.creates_ok = 6;
  quota.others_jobs = 7;
  quota.poll_owner = "you";
  quota.polled_at = at(3);
  quota.est_factor = 1.25;
  fixture.store->write([&] { fixture.store->save_quota(quota); });
  Quota back = fixture.store->quota("p", "m");
  CHECK(back.conf_tokens == 3'000'000'000);
  CHECK(back.learned_tokens == 5);
  CHECK(back.conf_jobs == 90);
  CHECK(back.probe_at == at(1));
  CHECK(back.probe_interval == milliseconds{1234});
  CHECK(back.probe_owner == "me");
  CHECK(back.group_left == 4);
  CHECK(back.group_until == at(2));
  CHECK(back.group_size_now == 5);
  CHECK(back.creates_ok == 6);
  CHECK(back.others_jobs == 7);
  CHECK(back.poll_owner == "you");
  CHECK(back.polled_at == at(3));
  CHECK(back.est_factor == 1.25);
  CHECK_FALSE(fixture.store->quota("p", "").learned_tokens.has_value());

  quota.learned_tokens.reset();
  quota.group_size_now.reset();
  fixture.store->write([&] { fixture.store->save_quota(quota); });
  back = fixture.store->quota("p", "m");
  CHECK_FALSE(back.learned_tokens.has_value());
  CHECK_FALSE(back.group_size_now.has_value());
}

TEST_CASE("every kind of breaker comes back as it was saved, and can be dropped") {
  Fixture fixture;
  for (std::size_t i = 0; i < kPauseKindNames.size(); ++i) {
    CAPTURE(kPauseKindNames[i]);
    Breaker breaker;
    breaker.project = "p";
    breaker.model = "m";
    breaker.kind = static_cast<PauseKind>(i);
    breaker.open_until = at(10);
    breaker.probe_at = at(11);
    breaker.refusals = 3;
    breaker.quota_id = "PerDay";
    breaker.message = "their words";
    breaker.since = at(1);
    fixture.store->write([&] { fixture.store->save_breaker(breaker); });
    breaker.refusals = 4;
    breaker.quota_id.reset();
    fixture.store->write([&] { fixture.store->save_breaker(breaker); });
    const std::vector<Breaker> back = fixture.store->breakers("p", "m");
    REQUIRE(back.size() == 1);
    CHECK(back[0].project == "p");
    CHECK(back[0].model == "m");
    CHECK(back[0].kind == breaker.kind);
    CHECK(back[0].open_until == at(10));
    CHECK(back[0].probe_at == at(11));
    CHECK(back[0].refusals == 4);
    CHECK_FALSE(back[0].quota_id.has_value());
    CHECK(back[0].message == "their words");
    CHECK(back[0].since == at(1));
    fixture.store->write([&] { fixture.store->drop_breaker("p", "m", breaker.kind); });
    CHECK(fixture.store->breakers("p", "m").empty());
  }
}

TEST_CASE("a model sees its own breakers and those of every model, of its project alone") {
  Fixture fixture;
  fixture.store->write([&] {
    for (const char* project : {"p", "q"})
      for (const char* model : {"", "m", "n"}) {
        Breaker breaker;
        breaker.project = project;
        breaker.model = model;
        breaker.kind = PauseKind::stock;
        fixture.store->save_breaker(breaker);
      }
  });
  const std::vector<Breaker> seen = fixture.store->breakers("p", "m");
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].model.empty());
  CHECK(seen[1].model == "m");
  CHECK(fixture.store->breakers("p", "").size() == 1);
}
