#include "app/simulated_life.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/cancel.hpp"
#include "app/look.hpp"
#include "app/retry.hpp"
#include "base/sha256.hpp"

namespace batchctl::app {

namespace {

// Quotas that are full for hours and clocks that are set back by hours are waited for, but not for ever.
constexpr Duration kLongestEnd = hours{24 * 7};

std::vector<Driven> nothing_driven() { return {}; }

}  // namespace

SimulatedLife::SimulatedLife(std::uint64_t seed) : dice_(seed), rig_(world()) {
  rig_.random = Random(seed);
  if (chance(0.3)) rig_.clock.set_scale(static_cast<double>(pick(1, 20)));
  const int faults = pick(0, 8);
  for (int i = 0; i < faults; ++i) rig_.service.order(misfortune());
  if (chance(0.3)) {
    const Instant from = rig_.clock.now() + seconds{pick(0, 1200)};
    rig_.service.outage(from, from + seconds{pick(1, 1200)});
  }
  if (chance(0.15)) steps_to_cancel_ = pick(1, 80);
  if (chance(0.3)) jumps_left_ = pick(1, 4);
  if (chance(0.2)) vanishing_files_ = pick(1, 2);
  may_lose_ = may_lose_ || steps_to_cancel_ > 0;
  rig_.options = [groups = pick(1, 4), ahead = pick(1, 3)](Options& options) {
    options.group_size = groups;
    options.upload_ahead = ahead;
  };
  rig_.witness.on_move = [this](const Move&) {
    check();
    maybe_die();
  };
  rig_.before_commit = [this] {
    if (dead_) throw Fatal(ExitCode::failed, "dead", "the dead write nothing");
    ++commits_;
    maybe_die();
  };
  rig_.door.before_start = [this](const Request& request) {
    if (dead_) throw Death{};  // nor do they send
    maybe_die();
    if (const auto* create = std::get_if<CreateJob>(&request)) check_repair(*create);
    // Now and then too long for a create, which must be written within S.
    rig_.service.options().connect = chance(0.9) ? Duration{} : seconds{pick(1, 30)};
  };
  rig_.door.after_start = [this] { maybe_die(); };
  rig_.door.before_wait = [this](Instant& wake_at) {
    maybe_die();
    const Instant before = rig_.clock.now();
    befall();
    if (wake_at != Instant::max()) wake_at += rig_.clock.now() - before;  // a wait is a length
    check();
  };
}

void SimulatedLife::live() {
  submit("qa.jsonl", pick(3, 9));
  if (chance(0.2)) submit("other.jsonl", pick(2, 5));
  const int sessions = pick(0, 8);
  for (int i = 0; i < sessions; ++i) {
    pass_time();
    session();
  }
  is_last_ = true;
  deaths_left_ = 0;
  rig_.door.patience_ends = rig_.clock.now() + kLongestEnd;
  // Whatever calls for a person is looked at by resuming; it comes to an end after a few times.
  for (int i = 0; i < 12 && !is_over(); ++i) {
    rig_.clock.advance(minutes{1});
    go([&] { return app::resume(rig_.context, {std::nullopt, rig_.request.choose, patiently()}); });
  }
  check_end();
}

// ---- the world ----------------------------------------------------------------------------------------------------

fakes::FakeOptions SimulatedLife::world() {
  fakes::FakeOptions options;
  if (chance(0.6)) options.max_jobs = pick(1, 4);
  options.refusal.kind = one_of({PauseKind::unknown, PauseKind::stock, PauseKind::minute});
  options.create = milliseconds{pick(100, 30'000)};
  options.list_page = static_cast<std::size_t>(chance(0.5) ? pick(1, 3) : 100);
  options.list = milliseconds{pick(10, 3'000)};
  options.file_life = one_of<Duration>({hours{48}, hours{48}, hours{2}, minutes{70}});
  if (chance(0.4)) {
    failing_rows_ = one_of({0.05, 0.3, 0.9});
    rows_seed_ = static_cast<std::uint64_t>(pick(1, 1'000'000));
    options.result = [this](const fakes::FakeJob& job, const std::string& key, const std::string& question) {
      return row(job, key, question);
    };
  }
  const bool bad_ends = chance(0.3);
  may_lose_ = bad_ends || failing_rows_ > 0;
  options.plan = [this, bad_ends](const fakes::FakeJob&) {
    JobPlan plan;
    plan.pending = seconds{pick(1, 120)};
    plan.running = seconds{pick(1, 120)};
    plan.listed = chance(0.5) ? Duration{} : seconds{pick(1, 60)};  // within G
    if (chance(0.1)) plan.named = seconds{pick(1, 300)};
    if (!bad_ends || chance(0.6)) return plan;
    plan.end = one_of({JobState::failed, JobState::expired, JobState::cancelled, JobState::succeeded});
    plan.answered = one_of({0.0, 0.5, 1.0});
    plan.has_output = plan.end == JobState::succeeded || plan.answered > 0;
    return plan;
  };
  return options;
}

/// The same however often the output is looked at.
std::optional<std::string> SimulatedLife::row(const fakes::FakeJob& job, const std::string& key,
                                              const std::string& question) const {
  const std::string hash = sha256_hex(std::to_string(rows_seed_) + job.name + key);
  Random dice(std::stoull(hash.substr(0, 15), nullptr, 16));
  if (dice.uniform(0, 1) >= failing_rows_) return fakes::answer_line(key, question);
  switch (static_cast<int>(dice.uniform(0, 5))) {
    case 0:
      return std::nullopt;
    case 1:
      return fakes::error_line(key, 3, "invalid (fake)");
    case 2: {
      auto line = nlohmann::json::parse(fakes::answer_line(key, question));
      line["response"]["candidates"][0]["finishReason"] = "MAX_TOKENS";
      return line.dump();
    }
    default:
      return fakes::error_line(key, 13, "internal (fake)");
  }
}

FaultOrder SimulatedLife::misfortune() {
  FaultOrder order;
  order.on = one_of({Call::create, Call::create, Call::create, Call::create, Call::upload, Call::find_file, Call::list,
                     Call::list, Call::get, Call::fetch, Call::delete_file, Call::cancel});
  order.fault = one_of({Fault::lost_before, Fault::lost_after, Fault::not_sent, Fault::answers});
  if (order.on == Call::create && chance(0.3)) {
    order.fault = Fault::lost_late;
    // Within D, which is wall time.
    order.late = scaled(milliseconds{pick(0, 120'000)}, rig_.clock.scale());
  }
  if (order.on == Call::fetch && chance(0.5)) {
    order.fault = Fault::cut;
    may_lose_ = true;  // cut twice at the same byte it is taken for what the service has to say
  }
  order.nth = static_cast<std::uint64_t>(pick(1, 6));
  order.times = static_cast<std::uint64_t>(chance(0.7) ? 1 : pick(2, 5));
  if (chance(0.3)) order.latency = milliseconds{pick(1, 100'000)};  // stalls, up to the time-out of a create
  order.answer =
      one_of<Answer>({fakes::server_failure(500), fakes::server_failure(503), fakes::quota_failure(PauseKind::unknown),
                      fakes::quota_failure(PauseKind::minute, seconds{30})});
  return order;
}

/// Between two processes.
void SimulatedLife::pass_time() {
  if (chance(0.5)) rig_.clock.advance(seconds{pick(0, 600)});
  if (chance(0.05)) rig_.clock.advance(hours{pick(1, 30)});
  if (chance(0.15)) set_clock(-seconds{pick(1, 20'000)});
  if (chance(0.1)) rig_.service.add_job("gemini-x", "somebody else's");
}

void SimulatedLife::set_clock(Duration by) {
  rig_.service.set_clock(by);
  rig_.door.patience_ends += by;
}

/// What comes over a process from the outside while it runs.
void SimulatedLife::befall() {
  if (jumps_left_ > 0 && chance(0.02)) {
    --jumps_left_;
    // Forward only where no other process has to go by a time that this one stored: it could not know of the jump.
    const bool in_doubt = rig_.count(ChunkState::creating) + rig_.count(ChunkState::reconciling) > 0;
    set_clock(seconds{pick(-20'000, in_doubt && !is_last_ ? 0 : 20'000)});
  }
  if (vanishing_files_ > 0 && !rig_.service.files().empty() && chance(0.05)) {
    --vanishing_files_;
    const auto file =
        std::next(rig_.service.files().begin(), pick(0, static_cast<int>(rig_.service.files().size()) - 1));
    rig_.service.forget_file(std::string(file->first));
  }
  if (steps_to_cancel_ > 0 && --steps_to_cancel_ == 0) {
    const std::string& name = runs_.at(static_cast<std::size_t>(pick(0, static_cast<int>(runs_.size()) - 1))).first;
    if (rig_.store->run_named(name)) wish_cancel(rig_.context, name);
  }
}

void SimulatedLife::maybe_die() {
  if (dead_ || deaths_left_ == 0 || --steps_to_death_ > 0) return;
  --deaths_left_;
  dead_ = true;
  throw Death{};
}

// ---- the processes ------------------------------------------------------------------------------------------------

/// One process, from its start to its end or death.
template <class Verb>
void SimulatedLife::go(Verb verb) {
  steps_to_death_ = pick(1, 150);
  try {
    for (const Driven& driven : std::vector<Driven>(verb())) {
      CAPTURE(static_cast<int>(driven.exit));
      CHECK((driven.exit == ExitCode::done || driven.exit == ExitCode::incomplete ||
             driven.exit == ExitCode::attention || driven.exit == ExitCode::not_finished));
    }
  } catch (const Death&) {
  } catch (const Fatal& fatal) {
    REQUIRE_MESSAGE((dead_ && fatal.code() == "dead"), fatal.what());
  }
  dead_ = false;
  rig_.die();
  check();
}

void SimulatedLife::submit(const std::string& file, int records) {
  rig_.ask(records, file);
  runs_.emplace_back(file.substr(0, file.find('.')), records);
  go([&] { return std::vector{rig_.submit(stay())}; });
  // A process that died before its plan was stored is followed by another.
  const std::optional<Run> run = rig_.store->run_named(runs_.back().first);
  if (run && run->scanned) return;
  const int spared = std::exchange(deaths_left_, 0);
  go([&] { return std::vector{rig_.submit(stay())}; });
  deaths_left_ = spared;
}

Stay SimulatedLife::stay() {
  switch (pick(0, 3)) {
    case 0:
      return patiently();
    case 1:
      return at_most(minutes{pick(1, 60)});
    default:
      return shortly(one_of({Goal::submitted, Goal::round}));
  }
}

void SimulatedLife::session() {
  const bool is_refused = chance(0.05);
  if (is_refused) rig_.service.refuse_everything(fakes::stopped_failure("key"));
  const int verb = pick(0, 9);
  if (verb == 0) {
    go([&] {
      look(rig_.context, rig_.run(runs_.front().first));
      return nothing_driven();
    });
  } else if (verb == 1) {
    go([&] {
      rig_.download(true);
      return nothing_driven();
    });
  } else if (verb == 2 && rig_.store->run_named(runs_.front().first).value().scanned) {
    RepairWish wish;
    if (chance(0.5)) wish.only = {one_of({RecordStatus::truncated, RecordStatus::error, RecordStatus::missing})};
    if (chance(0.3)) wish.overrides.model = "gemini-y";
    go([&] {
      try {
        return std::vector{app::retry(rig_.context, {runs_.front().first, wish, rig_.request.choose, stay()}).driven};
      } catch (const Fatal& fatal) {
        if (fatal.code() != "cancelling") throw;
        return nothing_driven();
      }
    });
  } else {
    go([&] { return app::resume(rig_.context, {std::nullopt, rig_.request.choose, stay()}); });
  }
  if (is_refused) rig_.service.refuse_everything(std::nullopt);
}

bool SimulatedLife::is_over() {
  return std::all_of(runs_.begin(), runs_.end(), [&](const auto& run) {
    const RunState state = rig_.report(run.first).state;
    return state == RunState::complete || state == RunState::complete_with_failures || state == RunState::cancelled;
  });
}

// ---- what must always hold ----------------------------------------------------------------------------------------

void SimulatedLife::check() {
  rig_.check_service();
  if (std::exchange(commits_checked_, commits_) == commits_) return;
  rig_.check_rows();
  check_records();
}

/// Each record has one outcome or none yet, and an answer that is stored stays.
void SimulatedLife::check_records() {
  for (const auto& [name, records] : runs_) {
    const std::optional<Run> run = rig_.store->run_named(name);
    if (!run || !run->scanned) continue;
    const RecordTally tally = rig_.store->record_tally(run->key);
    if (tally.total != records || tally.answered + tally.failed + tally.outstanding != records || tally.answered < 0 ||
        tally.failed < 0 || tally.outstanding < 0)
      FAIL(name << ": " << tally.answered << " answered, " << tally.failed << " failed, " << tally.outstanding
                << " outstanding of " << tally.total << ", " << records << " were given");
    std::int64_t& before = answered_[name];
    if (tally.answered < before) FAIL(name << ": " << before << " records were answered, now " << tally.answered);
    before = tally.answered;
  }
}

/// A record whose answer is stored is not sent again.
void SimulatedLife::check_repair(const CreateJob& create) {
  const std::optional<JobMark> mark = job_mark_of(create.display_name);
  if (!mark) return;
  for (const Run& run : rig_.store->runs()) {
    if (run.id != mark->run || rig_.chunk(mark->chunk_index, run.name).kind != ChunkKind::repair) continue;
    auto file = rig_.service.files().find(create.input.value);
    if (file == rig_.service.files().end()) file = rig_.service.files().find("files/" + create.input.value);
    if (file == rig_.service.files().end()) continue;  // it vanished
    ++repairs_checked_;
    std::istringstream lines(*file->second.body);
    for (std::string line; std::getline(lines, line);) {
      const std::string key = nlohmann::json::parse(line)["key"];
      if (rig_.store->problems(run.key, std::stoll(key.substr(1)), 1).empty())
        FAIL(create.display_name << " sends " << key << " again, which is answered");
    }
  }
}

void SimulatedLife::check_end() {
  REQUIRE(is_over());
  check();
  for (const auto& [name, records] : runs_) {
    const RecordTally tally = rig_.report(name).records;
    CHECK(tally.outstanding == 0);
    CHECK(tally.answered + tally.failed == records);
    if (!may_lose_) CHECK(tally.failed == 0);
    rig_.check_results(records, name);
  }
  CHECK(rig_.store->held("project", "gemini-x", rig_.clock.now()).jobs == 0);
}

}  // namespace batchctl::app
