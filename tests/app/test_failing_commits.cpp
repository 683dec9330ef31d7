// The n-th commit fails, for every n: is everything still right?
#include <doctest/doctest.h>

#include "app/look.hpp"
#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

constexpr int kRecords = 7;
constexpr std::size_t kChunks = 4;

struct Failing {
  Rig rig;
  std::int64_t commits = 0;
  std::int64_t fails_at = 0;

  explicit Failing(fakes::FakeOptions options) : rig(std::move(options)) {
    rig.before_commit = [this] {
      if (++commits == fails_at) throw Fatal(ExitCode::failed, "disk", "this commit failed");
    };
  }

  /// True when the verb met the failing commit.
  bool fails(const std::function<void()>& verb) {
    try {
      verb();
    } catch (const Fatal& fatal) {
      REQUIRE_MESSAGE(fatal.code() == "disk", fatal.what());
      rig.die();
      return true;
    }
    return false;
  }
};

/// Short jobs: a look at the service is a commit too.
fakes::FakeOptions straight() {
  fakes::FakeOptions options = with_cap(2);
  options.job.pending = seconds{40};
  options.job.running = seconds{50};
  return options;
}

/// A create whose answer is lost, one that is refused, a job that has to be made twice, a fetch that fails.
fakes::FakeOptions crooked() {
  fakes::FakeOptions options = straight();
  options.plan = [usual = options.job](const fakes::FakeJob& job) {
    JobPlan plan = usual;
    plan.listed = seconds{7};
    if (job.display_name.find("/2/a1") == std::string::npos) return plan;
    plan.end = JobState::failed;
    plan.has_output = false;
    return plan;
  };
  return options;
}

void order_faults(Rig& rig) {
  rig.service.order({.fault = Fault::lost_after, .nth = 2});
  rig.service.order({.fault = Fault::lost_before, .nth = 4});
  rig.service.order({.on = Call::fetch, .fault = Fault::answers, .nth = 2, .answer = fakes::server_failure()});
  rig.service.order({.on = Call::upload, .fault = Fault::lost_after, .nth = 2});
}

/// submit, status, resume, download, each as far as it comes; false when the failing commit was never reached.
bool live(Failing& life) {
  Rig& rig = life.rig;
  bool met = life.fails([&] { rig.submit(); });
  met = life.fails([&] {
    rig.clock.advance(minutes{2});
    if (rig.store->run_named("qa")) look(rig.context, rig.run());
  }) || met;
  met = life.fails([&] { rig.resume(patiently()); }) || met;
  // The commit that fails may be the very first: then there is no run yet, and it is submitted again.
  met = life.fails([&] { rig.submit(patiently(Goal::round)); }) || met;
  return met || life.commits >= life.fails_at;
}

void check_all(Failing& life, std::size_t jobs) {
  Rig& rig = life.rig;
  life.fails_at = 0;
  CHECK(rig.submit(patiently(Goal::round)).exit == ExitCode::done);
  CHECK(rig.count(ChunkState::done) == static_cast<std::int64_t>(kChunks));
  CHECK(rig.service.jobs().size() == jobs);
  CHECK(rig.report().records.answered == kRecords);
  rig.check_service();
  rig.check_rows();
  rig.check_results(kRecords);
}

void fail_every_commit(const fakes::FakeOptions& options, bool with_faults, std::size_t jobs) {
  std::int64_t n = 1;
  for (bool reached = true; reached; ++n) {
    CAPTURE(n);
    Failing life(options);
    if (with_faults) order_faults(life.rig);
    life.rig.ask(kRecords);
    life.fails_at = n;
    reached = live(life);
    check_all(life, jobs);
    REQUIRE(n < 2000);
  }
  CHECK(n > 40);
}

}  // namespace

TEST_CASE("whichever commit fails, a fresh start makes one job a chunk and one outcome a record") {
  fail_every_commit(straight(), false, kChunks);
}

TEST_CASE("whichever commit fails among lost answers, refusals and bad ends, no job is made twice") {
  fail_every_commit(crooked(), true, kChunks + 1);
}

TEST_CASE("when every commit from the n-th on fails, a fresh start puts it right") {
  for (std::int64_t n = 1; n < 80; n += 3) {
    CAPTURE(n);
    Failing life(straight());
    life.rig.ask(kRecords);
    life.rig.before_commit = [&] {
      if (++life.commits >= n) throw Fatal(ExitCode::failed, "disk", "the disk is full");
    };
    const bool met = life.fails([&] { life.rig.submit(patiently(Goal::round)); });
    life.rig.before_commit = {};
    check_all(life, kChunks);
    if (!met) break;
  }
}
