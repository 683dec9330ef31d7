#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "plan/quota_fixture.hpp"
#include "plan/schedule.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

ChunkFacts chunk(std::int64_t key, std::int64_t tokens = 100) {
  ChunkFacts facts;
  facts.key = ChunkKey{key};
  facts.tokens = tokens;
  return facts;
}

ChunkFacts file_of_age(std::int64_t key, Duration age) {
  ChunkFacts facts = chunk(key);
  facts.uploaded_at = kNoon - age;
  facts.expires_at = *facts.uploaded_at + hours{48};
  return facts;
}

std::vector<Do> kinds(const Plan& plan) {
  std::vector<Do> all;
  for (const Action& action : plan.actions) all.push_back(action.what);
  return all;
}

std::int64_t count(const Plan& plan, Do what) {
  const std::vector<Do> all = kinds(plan);
  return std::count(all.begin(), all.end(), what);
}

Snapshot with_planned(int n) {
  Snapshot s;
  for (int i = 1; i <= n; ++i) s.planned.push_back(chunk(i));
  return s;
}

Breaker breaker_until(PauseKind kind, Instant until) { return {"p", "", kind, until, {}, 1, {}, "words", kNoon}; }

}  // namespace

TEST_CASE("a turn brings home what is paid for first, then finds out, looks, creates, and sends files last") {
  Snapshot s;
  s.ended = {chunk(1)};
  s.fetching = {chunk(2)};
  s.uploading = {chunk(3)};
  s.creating = {chunk(4)};
  s.reconciling = {chunk(5)};
  s.reconciling[0].due = kNoon;
  s.uploaded = {chunk(6)};
  s.planned = {chunk(7)};
  s.jobs_live = true;
  // The round that settles an end is followed at once by one that fetches it: the create comes after that.
  CHECK(kinds(schedule(s, kNoon)) ==
        std::vector<Do>{Do::settle, Do::fetch, Do::find_file, Do::doubt, Do::list_all, Do::upload});
  s.ended.clear();
  CHECK(kinds(schedule(s, kNoon)) ==
        std::vector<Do>{Do::fetch, Do::find_file, Do::doubt, Do::list_all, Do::create, Do::upload});
}

TEST_CASE("the list is read for reconciling when it is due and not a moment earlier") {
  Snapshot s;
  s.reconciling = {chunk(1)};
  s.reconciling[0].due = kNoon + seconds{200};
  Plan plan = schedule(s, kNoon);
  CHECK(plan.actions.empty());
  CHECK(plan.next_event == kNoon + seconds{200});
  plan = schedule(s, kNoon + seconds{200});
  CHECK(kinds(plan) == std::vector<Do>{Do::list_all});
}

TEST_CASE("one reading of the list serves all chunks that wait for it, and none begins beside another") {
  Snapshot s;
  s.reconciling = {chunk(1), chunk(2), chunk(3)};
  for (ChunkFacts& waiting : s.reconciling) waiting.due = kNoon;
  CHECK(count(schedule(s, kNoon), Do::list_all) == 1);
  s.list_under_way = true;
  CHECK(schedule(s, kNoon).actions.empty());
}

TEST_CASE("a second reading waits for its time") {
  Snapshot s;
  s.reconciling = {chunk(1)};
  s.reconciling[0].due = kNoon - seconds{5};
  s.list_not_before = kNoon + seconds{30};
  CHECK(schedule(s, kNoon).actions.empty());
  CHECK(schedule(s, kNoon).next_event == kNoon + seconds{30});
}

TEST_CASE("live jobs are looked at when the interval is over, at once when asked, and never without live jobs") {
  Snapshot s;
  s.polled_at = kNoon - seconds{59};
  CHECK(schedule(s, kNoon).actions.empty());
  s.jobs_live = true;
  CHECK(schedule(s, kNoon).actions.empty());
  CHECK(schedule(s, kNoon).next_poll == kNoon + seconds{1});
  CHECK(kinds(schedule(s, kNoon + seconds{1})) == std::vector<Do>{Do::poll});
  s.look_now = true;
  CHECK(kinds(schedule(s, kNoon)) == std::vector<Do>{Do::poll});
  s.list_not_before = kNoon + seconds{10};
  CHECK(schedule(s, kNoon).actions.empty());
}

TEST_CASE("a complete reading of the list serves as the poll too") {
  Snapshot s;
  s.jobs_live = true;
  s.reconciling = {chunk(1)};
  s.reconciling[0].due = kNoon;
  CHECK(kinds(schedule(s, kNoon)) == std::vector<Do>{Do::list_all});
}

TEST_CASE("at most four outputs are fetched at once") {
  Snapshot s;
  for (int i = 1; i <= 9; ++i) s.fetching.push_back(chunk(i));
  CHECK(count(schedule(s, kNoon), Do::fetch) == 4);
  s.fetches_under_way = 3;
  CHECK(count(schedule(s, kNoon), Do::fetch) == 1);
}

TEST_CASE("a command that begins with live jobs looks at them before it creates anything") {
  Snapshot s;
  s.uploaded = {chunk(1)};
  s.look_now = true;
  CHECK(count(schedule(s, kNoon), Do::create) == 1);
  s.jobs_live = true;
  CHECK(count(schedule(s, kNoon), Do::poll) == 1);
  CHECK(count(schedule(s, kNoon), Do::create) == 0);
  s.list_under_way = true;
  CHECK(count(schedule(s, kNoon), Do::create) == 0);
  s.look_now = false;
  CHECK(count(schedule(s, kNoon), Do::create) == 1);
}

TEST_CASE("one create is started a turn, and none while another is on its way") {
  Snapshot s;
  s.uploaded = {chunk(1), chunk(2)};
  Plan plan = schedule(s, kNoon);
  CHECK(count(plan, Do::create) == 1);
  CHECK(plan.actions.front().chunk == ChunkKey{1});
  s.create_under_way = true;
  CHECK(count(schedule(s, kNoon), Do::create) == 0);
}

TEST_CASE("a create that must wait names when, and one that only an ended job can help names nothing") {
  Snapshot s;
  s.uploaded = {chunk(1)};
  s.quota.breakers = {breaker_until(PauseKind::minute, kNoon + seconds{40})};
  CHECK(schedule(s, kNoon).actions.empty());
  CHECK(schedule(s, kNoon).next_event == kNoon + seconds{40});
  s.quota.breakers.clear();
  s.quota.held.jobs = s.limits.max_jobs;
  CHECK_FALSE(schedule(s, kNoon).next_event.has_value());
}

TEST_CASE("a probe is marked as one") {
  Snapshot s;
  s.uploaded = {chunk(1)};
  s.quota.model.learned_tokens = 50;
  s.quota.held.tokens = 50;
  s.quota.model.probe_at = kNoon;
  const Plan plan = schedule(s, kNoon);
  REQUIRE(count(plan, Do::create) == 1);
  CHECK(plan.actions.front().probe);
}

TEST_CASE("files are sent ahead only so far, whatever stage they are in") {
  Snapshot s = with_planned(9);
  CHECK(count(schedule(s, kNoon), Do::upload) == 2);
  s.window_used = 1;
  CHECK(count(schedule(s, kNoon), Do::upload) == 1);
  s.window_used = 2;
  CHECK(count(schedule(s, kNoon), Do::upload) == 0);
  s.window_used = 0;
  s.upload_ahead = 5;
  CHECK(count(schedule(s, kNoon), Do::upload) == 5);
}

TEST_CASE("files are sent in the order of the chunks") {
  const Plan plan = schedule(with_planned(9), kNoon);
  REQUIRE(plan.actions.size() == 2);
  CHECK(plan.actions[0].chunk == ChunkKey{1});
  CHECK(plan.actions[1].chunk == ChunkKey{2});
}

TEST_CASE("one file is sent ahead of a suspended create, and none by a command that leaves") {
  Snapshot s = with_planned(9);
  s.quota.breakers = {breaker_until(PauseKind::minute, kNoon + minutes{4})};
  CHECK(count(schedule(s, kNoon), Do::upload) == 1);
  s.leaves_when_paused = true;
  CHECK(count(schedule(s, kNoon), Do::upload) == 0);
  CHECK(schedule(s, kNoon).next_event == kNoon + minutes{4});
}

TEST_CASE("the pause between groups does not stop files") {
  Snapshot s = with_planned(9);
  s.leaves_when_paused = true;
  s.quota.project.group_left = 0;
  s.quota.project.group_until = kNoon + seconds{20};
  CHECK(count(schedule(s, kNoon), Do::upload) == 2);
}

TEST_CASE("no file is sent into full storage or an outage") {
  for (const PauseKind kind : {PauseKind::storage, PauseKind::outage}) {
    CAPTURE(name_of(kind));
    Snapshot s = with_planned(3);
    s.quota.breakers = {breaker_until(kind, kNoon + seconds{20})};
    CHECK(count(schedule(s, kNoon), Do::upload) == 0);
    CHECK(schedule(s, kNoon).next_event == kNoon + seconds{20});
    CHECK(count(schedule(s, kNoon + seconds{20}), Do::upload) == 2);
  }
}

TEST_CASE("who may not spend neither uploads nor creates, but fetches and looks") {
  Snapshot s = with_planned(3);
  s.may_upload = s.may_create = false;
  s.uploaded = {chunk(8)};
  s.fetching = {chunk(9)};
  s.jobs_live = true;
  CHECK(kinds(schedule(s, kNoon)) == std::vector<Do>{Do::fetch, Do::poll});
}

TEST_CASE("a file is used for a create while younger than 24 h and more than an hour before its end") {
  CHECK_FALSE(is_aged(file_of_age(1, hours{24} - milliseconds{1}), kNoon));
  CHECK(is_aged(file_of_age(1, hours{24}), kNoon));
  ChunkFacts short_lived = file_of_age(1, hours{1});
  short_lived.expires_at = kNoon + hours{1} + milliseconds{1};
  CHECK_FALSE(is_aged(short_lived, kNoon));
  short_lived.expires_at = kNoon + hours{1};
  CHECK(is_aged(short_lived, kNoon));
}

TEST_CASE(
    "an aged file of a run that creates nothing stays: a person who cancels has its chunk cancelled in this turn") {
  Snapshot s;
  s.uploaded = s.to_cancel = {file_of_age(1, hours{30})};
  s.may_create = s.may_upload = false;
  const Plan plan = schedule(s, kNoon);
  REQUIRE(plan.actions.size() == 1);
  CHECK(plan.actions[0].what == Do::cancel);
}

TEST_CASE("an aged file is put aside and the next chunk's is used") {
  Snapshot s;
  s.uploaded = {file_of_age(1, hours{30}), file_of_age(2, hours{2})};
  const Plan plan = schedule(s, kNoon);
  REQUIRE(plan.actions.size() == 2);
  CHECK(plan.actions[0].what == Do::age_file);
  CHECK(plan.actions[0].chunk == ChunkKey{1});
  CHECK(plan.actions[1].what == Do::create);
  CHECK(plan.actions[1].chunk == ChunkKey{2});
}

TEST_CASE("the next event is the earliest of what time alone makes possible") {
  Snapshot s;
  s.next_ready = kNoon + seconds{50};
  s.reconciling = {chunk(1)};
  s.reconciling[0].due = kNoon + seconds{40};
  CHECK(schedule(s, kNoon).next_event == kNoon + seconds{40});
  s.next_ready = kNoon + seconds{30};
  CHECK(schedule(s, kNoon).next_event == kNoon + seconds{30});
}

TEST_CASE("a look at the jobs that lies in the future is a clock that was set back: they are looked at now") {
  Snapshot s;
  s.jobs_live = true;
  s.polled_at = kNoon + hours{3};
  CHECK(count(schedule(s, kNoon), Do::poll) == 1);
  s.polled_at = kNoon - seconds{30};
  CHECK(count(schedule(s, kNoon), Do::poll) == 0);
}

TEST_CASE("files are sent only as far as the storage goes, and with none stored always") {
  Snapshot s = with_planned(3);
  s.upload_ahead = 3;
  for (ChunkFacts& chunk : s.planned) chunk.bytes = 2'000'000'000;
  s.quota.stored = {kStorageBudget - 5'000'000'000, kNoon + hours{7}};
  CHECK(count(schedule(s, kNoon), Do::upload) == 2);
  s.quota.stored.bytes = kStorageBudget;
  Plan plan = schedule(s, kNoon);
  CHECK(count(plan, Do::upload) == 0);
  REQUIRE(plan.admission);
  CHECK(plan.admission->gate == Gate::storage);
  CHECK(plan.next_event == kNoon + hours{7});
  s.quota.stored = {};
  for (ChunkFacts& chunk : s.planned) chunk.bytes = 2 * kStorageBudget;
  CHECK(count(schedule(s, kNoon), Do::upload) == 3);
}
