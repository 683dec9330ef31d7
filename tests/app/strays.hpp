// Jobs at the service that the database does not know by name: a second one of one create, and what another copy of the
// database has made. And short ways to say how jobs go.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "app/rig.hpp"

namespace batchctl::app {

/// Thrown where the process dies.
struct Death : std::runtime_error {
  Death() : std::runtime_error("the process is dead") {}
};

// ---- how jobs go

inline JobPlan runs_for(Duration length) {
  JobPlan plan;
  plan.running = length;
  return plan;
}

inline JobPlan answers_share(double share) {
  JobPlan plan;
  plan.answered = share;
  return plan;
}

/// Ends badly, without an output.
inline JobPlan fails() {
  JobPlan plan;
  plan.end = JobState::failed;
  plan.has_output = false;
  return plan;
}

/// The n-th job of the service goes as told; the others as usual.
inline std::function<JobPlan(const fakes::FakeJob&)> by_serial(std::map<std::uint64_t, JobPlan> plans) {
  return [plans = std::move(plans)](const fakes::FakeJob& job) {
    const auto told = plans.find(job.serial);
    return told == plans.end() ? JobPlan{} : told->second;
  };
}

/// The n-th create is answered: the file is not there.
inline FaultOrder loses_file(std::uint64_t nth = 1) {
  const Failure failure{FailureKind::not_found, 403, "no file", {}, {}, {}};
  return {.fault = Fault::answers, .nth = nth, .answer = CreateOutcome{CreateAnswer::lost_file, {}, failure}};
}

// ---- twins

/// The service (or something between) makes one more job of what chunk `index` was created from.
inline std::string make_twin(Rig& rig, int index) {
  const Job job = rig.job(index);
  const std::string file = rig.store->file(job.file)->name.value;
  return rig.service.add_job(job.model, job.display_name, file, job.tokens);
}

inline const fakes::FakeJob& job_called(const Rig& rig, const std::string& name) {
  const auto& jobs = rig.service.jobs();
  return *std::find_if(jobs.begin(), jobs.end(), [&](const fakes::FakeJob& job) { return job.name == name; });
}

inline std::vector<Job> duplicates_of(Rig& rig, int index) {
  std::vector<Job> all;
  for (const Job& job : rig.store->jobs_of(rig.chunk(index).key))
    if (job.origin == JobOrigin::duplicate) all.push_back(job);
  return all;
}

/// The job of the only chunk has failed, and the next attempt was refused; only now the list shows its twin, which has
/// answered everything.
inline void show_twin_late(Rig& rig) {
  rig.ask(2);
  JobPlan twin = runs_for(minutes{1});
  twin.listed = minutes{14};
  rig.service.options().plan = by_serial({{1, fails()}, {2, twin}});
  rig.submit();
  make_twin(rig, 0);
  rig.clock.advance(minutes{13});
  rig.service.order({.fault = Fault::answers, .answer = fakes::quota_failure(PauseKind::unknown)});
  rig.resume(at_most(seconds{20}));
  REQUIRE(rig.state(0) == ChunkState::uploaded);
  REQUIRE(duplicates_of(rig, 0).empty());
  rig.clock.advance(minutes{2});
}

// ---- copies

/// The rig's run as it was at a moment, and the same service: what another batchctl does there, this database does not
/// know. The other one is played by the rig itself before its store is put back.
struct Restored {
  Rig rig;
  std::string backup;

  explicit Restored(fakes::FakeOptions options = {}) : rig(std::move(options)) {}
  void back_up() { backup = rig.back_up(); }
  void restore() {
    rig.die();
    rig.restore(backup);
  }
};

/// One chunk, whose first job fails; the database knows that job, and the other copy has made the second attempt's.
struct SecondAttemptElsewhere : Restored {
  explicit SecondAttemptElsewhere(const JobPlan& second = {}) {
    rig.ask(2);
    rig.service.options().plan = by_serial({{1, fails()}, {2, second}});
    rig.submit();
    back_up();
    rig.clock.advance(hours{1});
    rig.resume(at_most(minutes{5}));
    REQUIRE(rig.service.jobs().size() == 2);
    restore();
  }
};

/// Plans the run, and dies before anything is sent.
inline void plan_only(Rig& rig) {
  rig.request.stay = shortly(Goal::submitted);
  CHECK_THROWS_AS(app::submit(rig.context, rig.request, [](const Run&, bool) { throw Death{}; }), Death);
  rig.die();
}

/// Four chunks; the database knows the first one's job, and the other copy has made all four. They run for five hours.
struct OneOfFour : Restored {
  explicit OneOfFour(fakes::FakeOptions options = {}, const std::function<void(Rig&)>& before_copy = {})
      : Restored(std::move(options)) {
    rig.ask(8);
    rig.service.options().job.running = hours{5};
    rig.options = [](Options& chosen) { chosen.max_jobs = 1; };
    rig.submit();
    if (before_copy) before_copy(rig);
    back_up();
    rig.options = [](Options& chosen) { chosen.max_jobs = 95; };
    rig.resume(at_most(minutes{5}));
    restore();
    REQUIRE(rig.service.jobs().size() == 4);
  }

  void check_each_made_once() {
    CHECK(rig.service.most_jobs_of_a_display_name() == 1);
    CHECK(rig.count(ChunkState::done) == 4);
    rig.check_rows();
    rig.check_results(8);
  }
};

}  // namespace batchctl::app
