// Small runs with everything going wrong at random: answers lost before and after their effect, effects that come late,
// jobs that are listed late, 429 and 5xx, outages, processes that die anywhere, clocks that are set back, jobs that end
// badly. Within the bounds of the create protocol (D, G) nothing of it may make a job twice or lose a record.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "app/look.hpp"
#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

struct Death {};

class Life {
 public:
  explicit Life(std::uint64_t seed) : dice_(seed), rig_(world()) {
    rig_.random = Random(seed);
    if (chance(0.3)) rig_.clock.set_scale(static_cast<double>(pick(1, 20)));
    const int faults = pick(0, 8);
    for (int i = 0; i < faults; ++i) rig_.service.order(misfortune());
    if (chance(0.3)) {
      const Instant from = rig_.clock.now() + seconds{pick(0, 1200)};
      rig_.service.outage(from, from + seconds{pick(1, 1200)});
    }
    rig_.options = [groups = pick(1, 4), ahead = pick(1, 3)](Options& options) {
      options.group_size = groups;
      options.upload_ahead = ahead;
    };
    rig_.witness.on_move = [this](const Move&) { check(); };
    rig_.before_commit = [this] {
      if (dead_) throw Fatal(ExitCode::failed, "dead", "the dead write nothing");
    };
    rig_.door.before_start = [this](const Request&) {
      maybe_die();
      // Now and then too long for a create, which must be written within S.
      rig_.service.options().connect = chance(0.9) ? Duration{} : seconds{pick(1, 30)};
    };
    rig_.door.after_start = [this] { maybe_die(); };
    rig_.door.before_wait = [this](Instant) { maybe_die(); };
  }

  void live() {
    submit("qa.jsonl", pick(3, 9));
    if (chance(0.2)) submit("other.jsonl", pick(2, 5));
    const int sessions = pick(0, 8);
    for (int i = 0; i < sessions; ++i) {
      pass_time();
      session();
    }
    deaths_left_ = 0;
    // Whatever calls for a person is looked at by resuming; it comes to an end after a few times.
    for (int i = 0; i < 12 && !is_over(); ++i) {
      rig_.clock.advance(minutes{1});
      go([&] { return app::resume(rig_.context, {std::nullopt, rig_.request.choose, patiently()}); });
    }
    REQUIRE(is_over());
    check();
    for (const auto& [name, records] : runs_) {
      const RecordTally tally = rig_.report(name).records;
      CHECK(tally.total == records);
      CHECK(tally.outstanding == 0);
      CHECK(tally.answered + tally.failed == records);
      rig_.check_results(records, name);
    }
    CHECK(rig_.store->held("project", "gemini-x", rig_.clock.now()).jobs == 0);
  }

 private:
  int pick(int from, int to) { return static_cast<int>(dice_.uniform(from, to + 1)); }
  bool chance(double p) { return dice_.uniform(0, 1) < p; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return *(choices.begin() + pick(0, static_cast<int>(choices.size()) - 1));
  }

  fakes::FakeOptions world() {
    fakes::FakeOptions options;
    if (chance(0.6)) options.max_jobs = pick(1, 4);
    options.refusal.kind = one_of({PauseKind::unknown, PauseKind::stock, PauseKind::minute});
    options.create = milliseconds{pick(100, 30'000)};
    options.list_page = static_cast<std::size_t>(chance(0.5) ? pick(1, 3) : 100);
    options.list = milliseconds{pick(10, 3'000)};
    const bool bad_ends = chance(0.3);
    options.plan = [this, bad_ends](const fakes::FakeJob&) {
      JobPlan plan;
      plan.pending = seconds{pick(1, 120)};
      plan.running = seconds{pick(1, 120)};
      plan.listed = chance(0.5) ? Duration{} : seconds{pick(1, 60)};  // within G
      if (!bad_ends || chance(0.6)) return plan;
      plan.end = one_of({JobState::failed, JobState::expired, JobState::cancelled, JobState::succeeded});
      plan.answered = one_of({0.0, 0.5, 1.0});
      plan.has_output = plan.end == JobState::succeeded || plan.answered > 0;
      return plan;
    };
    return options;
  }

  FaultOrder misfortune() {
    FaultOrder order;
    order.on = one_of({Call::create, Call::create, Call::create, Call::create, Call::upload, Call::find_file,
                       Call::list, Call::list, Call::get, Call::fetch, Call::delete_file});
    order.fault = one_of({Fault::lost_before, Fault::lost_after, Fault::not_sent, Fault::answers});
    if (order.on == Call::create && chance(0.3)) {
      order.fault = Fault::lost_late;
      // Within D, which is wall time.
      order.late = scaled(milliseconds{pick(0, 120'000)}, rig_.clock.scale());
    }
    order.nth = static_cast<std::uint64_t>(pick(1, 6));
    order.times = static_cast<std::uint64_t>(chance(0.7) ? 1 : pick(2, 5));
    if (chance(0.3)) order.latency = milliseconds{pick(1, 60'000)};
    order.answer = one_of<Answer>({fakes::server_failure(500), fakes::server_failure(503),
                                   fakes::quota_failure(PauseKind::unknown),
                                   fakes::quota_failure(PauseKind::minute, seconds{30})});
    return order;
  }

  void maybe_die() {
    if (deaths_left_ == 0 || --steps_to_death_ > 0) return;
    --deaths_left_;
    dead_ = true;
    throw Death{};
  }

  /// One process, from its start to its end or death.
  template <class Verb>
  void go(Verb verb) {
    steps_to_death_ = pick(1, 60);
    try {
      for (const Driven& driven : std::vector<Driven>(verb())) {
        CAPTURE(static_cast<int>(driven.exit));
        CHECK((driven.exit == ExitCode::done || driven.exit == ExitCode::incomplete ||
               driven.exit == ExitCode::attention || driven.exit == ExitCode::not_finished));
      }
    } catch (const Death&) {
      dead_ = false;
    } catch (const Fatal& fatal) {
      REQUIRE_MESSAGE(fatal.code() == "dead", fatal.what());
      dead_ = false;
    }
    rig_.die();
    check();
  }

  void submit(const std::string& file, int records) {
    rig_.ask(records, file);
    runs_.emplace_back(file.substr(0, file.find('.')), records);
    go([&] { return std::vector{rig_.submit(stay())}; });
    // A process that died before its plan was stored is followed by another.
    if (!rig_.store->run_named(runs_.back().first)) {
      deaths_left_ = 0;
      go([&] { return std::vector{rig_.submit(stay())}; });
    }
  }

  Stay stay() {
    switch (pick(0, 3)) {
      case 0:
        return patiently();
      case 1:
        return at_most(minutes{pick(1, 60)});
      default:
        return shortly(one_of({Goal::submitted, Goal::round}));
    }
  }

  void session() {
    const int verb = pick(0, 9);
    if (verb == 0) {
      go([&] {
        look(rig_.context, rig_.run(runs_.front().first));
        return std::vector<Driven>{};
      });
    } else if (verb == 1) {
      go([&] {
        rig_.download(true);
        return std::vector<Driven>{};
      });
    } else {
      go([&] { return app::resume(rig_.context, {std::nullopt, rig_.request.choose, stay()}); });
    }
  }

  void pass_time() {
    if (chance(0.5)) rig_.clock.advance(seconds{pick(0, 600)});
    if (chance(0.05)) rig_.clock.advance(hours{pick(1, 30)});
    if (chance(0.15)) rig_.service.set_clock(-seconds{pick(1, 20'000)});
  }

  bool is_over() {
    bool over = true;
    for (const auto& [name, _] : runs_) {
      const RunState state = rig_.report(name).state;
      over = over && (state == RunState::complete || state == RunState::complete_with_failures);
    }
    return over;
  }

  void check() {
    rig_.check_rows();
    rig_.check_service();
  }

  Random dice_;
  std::vector<std::pair<std::string, int>> runs_;  // name, records
  bool dead_ = false;
  int deaths_left_ = pick(0, 6);
  int steps_to_death_ = 0;
  Rig rig_;
};

/// A few seconds' worth; BATCHCTL_SEEDS=10000 for a long look.
std::uint64_t seeds() {
  if (const char* asked = std::getenv("BATCHCTL_SEEDS")) return std::stoull(asked);
#ifdef __SANITIZE_ADDRESS__
  return 60;
#else
  return 240;
#endif
}

}  // namespace

TEST_CASE("whatever goes wrong within the bounds, each chunk gets one job and each record one outcome") {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    CAPTURE(seed);
    Life(seed).live();
  }
}
