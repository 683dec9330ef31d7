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
  quota.learned_jobs = 21;
  quota.late = minutes{15};
  quota.latest = {{QuotaEvent::What::made, at(1), 3'000'000'000, 20},
                  {QuotaEvent::What::refused, at(2), 7, 21},
                  {QuotaEvent::What::ended, at(3), 100, 0}};
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
  CHECK(back.learned_jobs == 21);
  CHECK(back.late == minutes{15});
  CHECK(back.latest == quota.latest);
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

TEST_CASE("a run's share is what it holds itself, of its own model, and all of its jobs") {
  Fixture fixture;
  fixture.store->write([&] {
    for (const int index : {0, 1}) {
      NewIntent intent = fixture.an_intent(fixture.chunk(index));
      if (index == 0) intent.model = fixture.store->run(fixture.run).settings.model;
      fixture.move(fixture.chunk(index), ChunkEvent::upload_started);
      fixture.move(fixture.chunk(index), ChunkEvent::upload_confirmed);
      const JobKey job = fixture.store->add_intent(intent);
      fixture.move(fixture.chunk(index), ChunkEvent::intent_stored, job);
    }
  });
  const Share share = fixture.store->share(fixture.store->run(fixture.run), at(-1));
  CHECK(share.tokens == 100);
  CHECK(share.jobs == 2);
  CHECK(share.hungry_others == 0);
}

TEST_CASE("another run is hungry while it is driven, its heartbeat is young and it has chunks to create") {
  Fixture fixture;
  const RunKey other = fixture.add_run("other", {10});
  const std::int64_t epoch = fixture.epoch;
  const auto hungry = [&] { return fixture.store->share(fixture.store->run(fixture.run), at(-1)).hungry_others; };
  CHECK(hungry() == 1);
  SUBCASE("by its weight") {
    fixture.store->write([&] {
      Options options;
      options.weight = 2.5;
      fixture.store->set_options(other, options);
    });
    CHECK(hungry() == 2.5);
  }
  SUBCASE("not when nobody drives it") {
    fixture.store->write([&] { fixture.store->end_driving(other, epoch); });
    CHECK(hungry() == 0);
  }
  SUBCASE("not when its heartbeat is old, and again when it beats") {
    CHECK(fixture.store->share(fixture.store->run(fixture.run), at(100)).hungry_others == 0);
    fixture.store->write([&] { fixture.store->heartbeat(other, epoch, at(101)); });
    CHECK(fixture.store->share(fixture.store->run(fixture.run), at(100)).hungry_others == 1);
  }
  SUBCASE("not when all of its chunks are created") {
    const ChunkKey chunk = fixture.store->chunk_at(other, 0)->key;
    fixture.store->write([&] {
      for (const ChunkEvent event : {ChunkEvent::upload_started, ChunkEvent::upload_confirmed}) {
        ChunkMove move = fixture.a_move(chunk, event);
        move.run = other;
        fixture.store->move(move);
      }
      const JobKey job = fixture.store->add_intent(fixture.an_intent(chunk));
      ChunkMove move = fixture.a_move(chunk, ChunkEvent::intent_stored, job);
      move.run = other;
      fixture.store->move(move);
    });
    CHECK(hungry() == 0);
  }
  SUBCASE("not when a person must act") {
    fixture.store->write([&] { fixture.store->stop_run(other, epoch, Stop{"key", "no", at(1)}); });
    CHECK(hungry() == 0);
  }
  SUBCASE("not when it is being cancelled") {
    fixture.store->write([&] { fixture.store->request_cancel(other, at(1)); });
    CHECK(hungry() == 0);
  }
}

TEST_CASE("the heartbeat of a driver that lost its run is refused") {
  Fixture fixture;
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->heartbeat(fixture.run, fixture.epoch - 1, at(5)); }),
                  EpochLost);
}
