// Exactly one job a chunk, whatever becomes of an answer.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

struct Death {};

/// When the list was read from its front, after `since`.
std::vector<Instant> lists_since(const Rig& rig, Instant since) {
  std::vector<Instant> all;
  for (const fakes::Seen& seen : rig.service.seen())
    if (seen.call == Call::list && seen.about.empty() && seen.at >= since) all.push_back(seen.at);
  return all;
}

std::vector<Instant> creates_of(const Rig& rig, int chunk) {
  std::vector<Instant> all;
  for (const fakes::Seen& seen : rig.service.seen())
    if (seen.call == Call::create && seen.about.find(fmt::format("/{}/a", chunk)) != std::string::npos)
      all.push_back(seen.at);
  return all;
}

const Duration kSettled = seconds{20 + 120 + 60};  // S + D + G

void finish(Rig& rig, int records) {
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_service();
  rig.check_rows();
  rig.check_results(records);
}

}  // namespace

TEST_CASE("a chunk whose create call got no answer is looked up before it is created again") {
  Rig rig;
  rig.ask(6);
  SUBCASE("the create took effect") { rig.service.order({.fault = Fault::lost_after, .nth = 2}); }
  SUBCASE("the create took effect as late as can be, and was listed as late as can be") {
    rig.service.options().job.listed = seconds{60};
    rig.service.order({.fault = Fault::lost_late, .nth = 2, .late = seconds{120}});
  }
  SUBCASE("the answer could not be read") {
    rig.service.order({.fault = Fault::answers, .nth = 2, .answer = fakes::server_failure(502)});
  }
  SUBCASE("nothing happened") { rig.service.order({.fault = Fault::lost_before, .nth = 2}); }
  rig.submit();
  CHECK(rig.state(1) == ChunkState::reconciling);
  CHECK(rig.job(1).hold == Hold::unknown);
  CHECK(rig.count(ChunkState::submitted) == 2);  // only this chunk waits
  const Instant intent_at = rig.job(1).intent_at;
  CHECK(rig.chunk(1).not_before == intent_at + kSettled);
  const std::size_t creates = creates_of(rig, 1).size();
  rig.check_rows();
  finish(rig, 6);
  CHECK(rig.service.jobs().size() == 3);
  if (creates_of(rig, 1).size() > creates) CHECK(creates_of(rig, 1).back() > intent_at + kSettled);
}

TEST_CASE("a create that took effect is adopted, with its name, and not sent again") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_after});
  CHECK(rig.submit(patiently(Goal::submitted)).exit == ExitCode::done);
  CHECK(creates_of(rig, 0).size() == 1);
  CHECK(rig.job(0).origin == JobOrigin::adopted);
  CHECK(rig.job(0).name == JobName{rig.service.jobs().at(0).name});
  CHECK(rig.service.count(Call::upload) == 1);
}

TEST_CASE("a create is sent again only after two complete readings of the list, at least 30 s apart") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_before});
  rig.submit(patiently());
  const std::vector<Instant> creates = creates_of(rig, 0);
  REQUIRE(creates.size() == 2);
  const Instant due = creates[0] + kSettled;
  std::vector<Instant> lists;
  for (const Instant at : lists_since(rig, creates[0]))
    if (at < creates[1]) lists.push_back(at);
  REQUIRE(lists.size() == 2);
  CHECK(lists[0] >= due);
  CHECK(lists[1] - lists[0] >= seconds{30});
  CHECK(rig.job(0).attempt == 1);
  CHECK(rig.service.jobs().at(0).display_name == rig.job(0).display_name);
}

TEST_CASE("every page is read before an absence is believed") {
  fakes::FakeOptions service;
  service.list_page = 2;
  Rig rig(service);
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_after});
  rig.submit();
  // Others make jobs, so that ours is on the last page.
  for (int i = 0; i < 7; ++i) rig.service.add_job("gemini-x", fmt::format("somebody else's {}", i));
  finish(rig, 2);
  CHECK(creates_of(rig, 0).size() == 1);
}

TEST_CASE("a page that keeps failing proves nothing, and after ten such passes the run stops with the story") {
  fakes::FakeOptions service;
  service.list_page = 1;
  Rig rig(service);
  rig.ask(2);
  rig.service.add_job("gemini-x", "somebody else's");
  rig.service.add_job("gemini-x", "somebody else's too");
  SUBCASE("the service answers 503") {
    rig.service.order({.fault = Fault::lost_before});
    rig.service.order(
        {.on = Call::list, .fault = Fault::answers, .nth = 2, .times = 1'000'000, .answer = fakes::server_failure()});
  }
  SUBCASE("nothing comes back") {
    rig.service.order({.fault = Fault::lost_after});
    rig.service.order({.on = Call::list, .fault = Fault::lost_before, .times = 1'000'000});
  }
  CHECK(rig.submit(patiently()).exit == ExitCode::attention);
  CHECK(creates_of(rig, 0).size() == 1);
  CHECK(rig.state(0) == ChunkState::reconciling);
  REQUIRE(rig.run().stop.has_value());
  CHECK(rig.run().stop->reason == "create_unknown");
  CHECK(rig.run().stop->message.find("10 times") != std::string::npos);
  const std::vector<JournalLine> story = rig.store->journal(rig.run().key, rig.chunk(0).key);
  CHECK(story.back().event == "needs_attention");
  CHECK(story.back().why == rig.run().stop->message);
  CHECK(rig.report().state == RunState::needs_attention);
}

TEST_CASE("a few pages that fail only delay the finding out") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_after});
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 7, .answer = fakes::server_failure()});
  rig.submit();
  finish(rig, 2);
  CHECK(creates_of(rig, 0).size() == 1);
}

TEST_CASE("a list that is not complete by its own word proves nothing") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_before});
  JobPage partial;
  partial.complete = false;
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 3, .answer = partial});
  rig.submit();
  finish(rig, 2);
  const std::vector<Instant> creates = creates_of(rig, 0);
  REQUIRE(creates.size() == 2);
  std::size_t before = 0;
  for (const Instant at : lists_since(rig, creates[0])) before += at < creates[1] ? 1U : 0U;
  CHECK(before >= 5);  // three that prove nothing, and two that do
}

TEST_CASE("a list that goes round in circles proves nothing") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_before});
  JobPage page;
  page.next_page = "7";
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 2, .answer = page});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  const std::vector<Instant> creates = creates_of(rig, 0);
  REQUIRE(creates.size() == 2);
  CHECK(rig.witness.heard("was read already"));
  std::size_t before = 0;
  for (const Instant at : lists_since(rig, creates[0])) before += at < creates[1] ? 1U : 0U;
  CHECK(before == 3);  // that one, and two that are whole
}

TEST_CASE(
    "a job with our display name but another file is shown, not adopted, not cancelled, and no absence is proven") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_before});
  rig.submit();
  rig.service.add_job("gemini-x", rig.job(0).display_name, "files/of-somebody-else");
  CHECK(rig.resume(patiently()).exit == ExitCode::attention);
  CHECK(rig.witness.heard("another input file"));
  CHECK(creates_of(rig, 0).size() == 1);
  CHECK(rig.service.count(Call::cancel) == 0);
}

TEST_CASE("a request that could not be written in time was not sent: uploaded, later again, no reconciling") {
  fakes::FakeOptions service;
  service.connect = seconds{21};
  Rig rig(service);
  rig.ask(2);
  rig.exit_of([&] { return rig.submit(); });
  CHECK(rig.service.count(Call::create) == 0);
  CHECK(rig.state(0) == ChunkState::uploaded);
  rig.service.options().connect = seconds{19};
  finish(rig, 2);
  CHECK(rig.service.jobs().size() == 1);
}

TEST_CASE("a commit of the intent that takes too long leaves no time to send the create") {
  Rig rig;
  rig.ask(2);
  bool slow = true;
  rig.before_commit = [&] {
    if (slow) rig.clock.advance(seconds{21});
  };
  rig.submit();
  CHECK(rig.service.count(Call::create) == 0);
  CHECK(rig.state(0) == ChunkState::uploaded);
  slow = false;
  finish(rig, 2);
  CHECK(rig.service.jobs().size() == 1);
}

TEST_CASE("a create that was not sent leaves the chunk uploaded with a time, and the run in an outage") {
  Rig rig;
  rig.ask(4);
  rig.service.order({.fault = Fault::not_sent, .times = 1'000});
  CHECK(rig.submit().exit == ExitCode::not_finished);
  CHECK(rig.service.count(Call::create) == 0);
  CHECK(rig.state(0) == ChunkState::uploaded);
  CHECK(rig.job(0).hold == Hold::none);
  CHECK(rig.chunk(0).not_before >= rig.job(0).intent_at + seconds{4});
  CHECK(rig.chunk(0).fails > 1);
  REQUIRE(rig.report().pause.has_value());
  CHECK(rig.report().pause->kind == PauseKind::outage);
  CHECK(rig.report().pause->reason == "OUTAGE");
}

TEST_CASE("after a short outage of connections everything is created once") {
  Rig rig;
  rig.ask(6);
  rig.service.outage(rig.clock.now() + seconds{1}, rig.clock.now() + seconds{30});
  CHECK(rig.submit().exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 3);
  finish(rig, 6);
}

TEST_CASE("a process that dies around a create leaves a chunk that the next one finds out about") {
  Rig rig;
  rig.ask(4);
  const auto is_create = [](const Request& request) { return std::holds_alternative<CreateJob>(request); };
  SUBCASE("before the request was sent") {
    rig.door.before_start = [&](const Request& request) {
      if (is_create(request)) throw Death{};
    };
  }
  SUBCASE("after it was sent") {
    rig.door.before_wait = [&](Instant) {
      if (rig.service.count(Call::create) == 1) throw Death{};
    };
  }
  CHECK_THROWS_AS(rig.submit(), Death);
  rig.die();
  rig.door.before_start = {};
  rig.door.before_wait = {};
  CHECK(rig.state(0) == ChunkState::creating);
  CHECK(rig.job(0).hold == Hold::intent);
  rig.check_rows();
  rig.clock.advance(seconds{5});
  rig.resume();
  CHECK(rig.state(0) == ChunkState::reconciling);
  finish(rig, 4);
  CHECK(rig.service.jobs().size() == 2);
}

TEST_CASE("when the clock was set back an intent in the future is waited for as if it were of now") {
  Rig rig;
  rig.ask(2);
  rig.door.before_start = [](const Request& request) {
    if (std::holds_alternative<CreateJob>(request)) throw Death{};
  };
  CHECK_THROWS_AS(rig.submit(), Death);
  rig.die();
  rig.door.before_start = {};
  rig.service.set_clock(-hours{5});
  const Instant restarted = rig.clock.now();
  rig.resume();
  CHECK(rig.chunk(0).not_before == restarted + kSettled);
  finish(rig, 2);
  CHECK(rig.service.jobs().size() == 1);
}

TEST_CASE("a clock that is set forward during the wait does not shorten it") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_late, .late = seconds{120}});
  bool set = false;
  rig.door.before_wait = [&](Instant) {
    if (set || rig.state(0) != ChunkState::reconciling) return;
    set = true;
    rig.service.set_clock(hours{3});
  };
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(set);
  CHECK(rig.service.jobs().size() == 1);
  CHECK(creates_of(rig, 0).size() == 1);
}

TEST_CASE("a clock that is set forward while the create is under way does not shorten the wait") {
  Rig rig;
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_late, .late = seconds{120}, .latency = seconds{30}});
  bool set = false;
  rig.door.before_wait = [&](Instant& wake_at) {
    if (set || rig.service.count(Call::create) == 0) return;
    set = true;
    rig.service.set_clock(hours{3});
    wake_at += hours{3};
  };
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(set);
  CHECK(rig.service.jobs().size() == 1);
  CHECK(creates_of(rig, 0).size() == 1);
}

TEST_CASE("on a scaled clock the wall time of sending and effect counts times the scale") {
  Rig rig;
  rig.clock.set_scale(1000);
  rig.ask(2);
  rig.service.order({.fault = Fault::lost_before});
  rig.submit();
  CHECK(rig.state(0) == ChunkState::reconciling);
  CHECK(rig.chunk(0).not_before == rig.job(0).intent_at + seconds{(20 + 120) * 1000 + 60});
}

TEST_CASE("a large file's create may take effect later, and is waited for longer") {
  Rig rig;
  rig.request.settings.chunk_records = 40'000;
  rig.ask(40'000);
  rig.service.order({.fault = Fault::lost_before});
  rig.submit();
  REQUIRE(rig.state(0) == ChunkState::reconciling);
  // The time-out of the call grows by a second for every 2 MiB, and with it the time of the effect.
  const auto longer = seconds{rig.chunk(0).body_bytes / (2U << 20U)};
  REQUIRE(longer > seconds{0});
  CHECK(rig.chunk(0).not_before == rig.job(0).intent_at + kSettled + longer);
}

TEST_CASE("two chunks in doubt are found out by the same readings of the list") {
  Rig rig;
  rig.ask(4);
  rig.service.order({.fault = Fault::lost_before, .times = 2});
  rig.submit();
  CHECK(rig.count(ChunkState::reconciling) == 2);
  const Instant due = rig.job(1).intent_at + kSettled;
  rig.clock.advance_to(due);
  const Instant resumed = rig.clock.now();
  rig.resume();
  CHECK(rig.count(ChunkState::submitted) == 2);
  CHECK(lists_since(rig, resumed).size() == 2);
}

TEST_CASE("with --paranoid an unclear create is looked up after 15 minutes, not before") {
  Rig rig;
  rig.options = [](Options& options) { options.paranoid = true; };
  FaultOrder lost;
  lost.fault = Fault::lost_before;
  rig.service.order(lost);
  rig.ask(2);
  Instant intent, again;
  rig.witness.on_move = [&](const Move& move) {
    if (move.event != ChunkEvent::intent_stored) return;
    (intent == Instant{} ? intent : again) = rig.clock.now();
  };
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(again - intent >= minutes{15});
  CHECK(again - intent < minutes{18});
  rig.check_service();
}
