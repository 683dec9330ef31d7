#include <doctest/doctest.h>

#include "plan/quota_fixture.hpp"
#include "plan/run_state.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

RunFacts with(std::initializer_list<std::pair<ChunkState, std::int64_t>> chunks) {
  RunFacts facts;
  for (const auto& [state, n] : chunks) facts.chunks[static_cast<std::size_t>(state)] = n;
  return facts;
}

std::optional<Pause> pause_of(const QuotaRig& rig, std::int64_t tokens) {
  return pause_behind(rig.admitted(tokens), rig.view, rig.limits);
}

}  // namespace

TEST_CASE("a run's word is the first that applies") {
  using enum ChunkState;
  RunFacts facts = with({{planned, 3}, {submitted, 2}, {fetching, 1}});
  CHECK(run_state(facts) == RunState::submitting);
  facts.paused = true;
  CHECK(run_state(facts) == RunState::paused);
  facts.stopped = true;
  CHECK(run_state(facts) == RunState::needs_attention);

  CHECK(run_state(with({{submitted, 2}, {fetching, 1}})) == RunState::fetching);
  CHECK(run_state(with({{submitted, 2}, {done, 1}})) == RunState::waiting);
  CHECK(run_state(with({{done, 9}})) == RunState::complete);
}

TEST_CASE("any state before submitted counts as left to create") {
  using enum ChunkState;
  for (const ChunkState state : {planned, uploading, uploaded, creating, reconciling}) {
    CAPTURE(name_of(state));
    CHECK(chunks_left(with({{state, 1}, {done, 3}})) == 1);
    CHECK(run_state(with({{state, 1}, {done, 3}})) == RunState::submitting);
  }
  for (const ChunkState state : {submitted, fetching, done, failed, cancelling, cancelled})
    CHECK(chunks_left(with({{state, 1}})) == 0);
}

TEST_CASE("a run whose chunks all rest is complete, with failures when a record has no answer") {
  using enum ChunkState;
  RunFacts facts = with({{done, 2}, {failed, 1}});
  facts.records_failed = 10;
  CHECK(run_state(facts) == RunState::complete_with_failures);
  CHECK(exit_of(run_state(facts)) == ExitCode::incomplete);
  facts.records_failed = 0;
  CHECK(run_state(facts) == RunState::complete);
  CHECK(exit_of(run_state(facts)) == ExitCode::done);
}

TEST_CASE("a cancelled run is cancelled only when everything rests") {
  using enum ChunkState;
  RunFacts facts = with({{cancelled, 2}, {cancelling, 1}});
  facts.cancel_requested = true;
  CHECK(run_state(facts) != RunState::cancelled);
  facts = with({{cancelled, 2}, {done, 1}});
  facts.cancel_requested = facts.stopped = true;
  CHECK(run_state(facts) == RunState::cancelled);
}

TEST_CASE("each state has the exit code that a script expects of resume") {
  CHECK(exit_of(RunState::submitting) == ExitCode::not_finished);
  CHECK(exit_of(RunState::paused) == ExitCode::not_finished);
  CHECK(exit_of(RunState::waiting) == ExitCode::not_finished);
  CHECK(exit_of(RunState::fetching) == ExitCode::not_finished);
  CHECK(exit_of(RunState::needs_attention) == ExitCode::attention);
}

TEST_CASE("a pause after a refusal says the service's words, since when, and when the next try is") {
  QuotaRig rig;
  rig.limits.group_size = 100;
  for (int i = 0; i < 21; ++i) rig.succeed(100);
  const Instant refused = rig.now;
  Refusal refusal = refusal_of(PauseKind::unknown);
  refusal.quota_id = "SomeQuotaPerProject";
  rig.refuse(100, refusal);
  rig.now += seconds{30};
  const std::optional<Pause> pause = pause_of(rig, 100);
  REQUIRE(pause.has_value());
  CHECK(pause->reason == "RESOURCE_EXHAUSTED");
  CHECK(pause->kind == PauseKind::unknown);
  CHECK(pause->quota_id == "SomeQuotaPerProject");
  CHECK(pause->message == "You exceeded your current quota.");
  CHECK(pause->since == refused);
  CHECK(pause->resume_at == rig.view.model.probe_at);
}

TEST_CASE("a limit of our own is a full quota, in our words, that no time opens") {
  QuotaRig rig;
  rig.limits.tokens = 1000;
  rig.view.held.tokens = 1000;
  std::optional<Pause> pause = pause_of(rig, 1);
  REQUIRE(pause.has_value());
  CHECK(pause->reason == "QUOTA_FULL");
  CHECK(pause->kind == PauseKind::stock);
  CHECK(pause->message == "1000 of 1000 enqueued tokens are held by jobs that have not ended");
  CHECK_FALSE(pause->resume_at.has_value());

  rig.view.held.jobs = 83;
  rig.view.project.others_jobs = 12;
  pause = pause_of(rig, 1);
  REQUIRE(pause.has_value());
  CHECK(pause->kind == PauseKind::jobs);
  CHECK(pause->message.find("12 of others") != std::string::npos);
}

TEST_CASE("an outage is called one, with the time of the next try") {
  QuotaRig rig;
  const Breaker breaker = note_outage(rig.view, "no connection", rig.now, rig.random);
  const std::optional<Pause> pause = pause_of(rig, 1);
  REQUIRE(pause.has_value());
  CHECK(pause->reason == "OUTAGE");
  CHECK(pause->kind == PauseKind::outage);
  CHECK(pause->resume_at == breaker.open_until);
}

TEST_CASE("the moments between creates are no pause") {
  QuotaRig rig;
  CHECK_FALSE(pause_of(rig, 1).has_value());
  rig.view.held.newest_intent = rig.now;
  CHECK_FALSE(pause_of(rig, 1).has_value());
  rig.view.held.newest_intent.reset();
  rig.view.project.group_until = rig.now + seconds{20};
  CHECK_FALSE(pause_of(rig, 1).has_value());
}

TEST_CASE("what waits behind a pilot needs a person once everything else has its job") {
  using enum ChunkState;
  RunFacts facts = with({{uploaded, 1}, {planned, 9}});
  facts.behind_pilot = 9;
  CHECK_FALSE(awaits_release(facts));
  CHECK(run_state(facts) == RunState::submitting);
  facts = with({{submitted, 1}, {planned, 9}});
  facts.behind_pilot = 9;
  CHECK(awaits_release(facts));
  CHECK_FALSE(only_release_helps(facts));
  CHECK(run_state(facts) == RunState::needs_attention);
  facts = with({{done, 1}, {planned, 9}});
  facts.behind_pilot = 9;
  CHECK(only_release_helps(facts));
  facts.cancel_requested = true;
  CHECK_FALSE(awaits_release(facts));
  facts = with({{submitted, 1}, {planned, 9}});
  CHECK(run_state(facts) == RunState::submitting);
}

TEST_CASE("a pause for storage says how much of it is ours") {
  QuotaRig rig;
  rig.view.stored = {16'000'000'000, rig.now + hours{3}};
  const Pause pause = pause_behind(admit_upload(rig.view, 1, rig.now), rig.view, rig.limits).value();
  CHECK(pause.reason == "QUOTA_FULL");
  CHECK(pause.kind == PauseKind::storage);
  CHECK(pause.resume_at == rig.now + hours{3});
  CHECK(pause.message.find("20 GB") != std::string::npos);
}
