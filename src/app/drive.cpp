#include "app/drive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace batchctl::app {

namespace {

constexpr Duration kIdleLook = seconds{60};  // nothing is due by time: look again all the same
constexpr Duration kClockTolerance = minutes{2};
constexpr std::chrono::seconds kLastWords{5};  // wall: after a signal, for the answer of a create under way

/// Whether, and until when, a run keeps the command.
struct Keep {
  std::optional<ExitCode> leave;   // set: this run is over for the command
  std::optional<Instant> wake_at;  // otherwise: its next time
};

void earlier(std::optional<Instant>& current, std::optional<Instant> candidate) {
  if (candidate && (!current || *candidate < *current)) current = candidate;
}

ExitCode exit_of_stop(const Stop& stop) {
  return stop.reason == "input_changed" ? ExitCode::mismatch : ExitCode::attention;
}

class Loop {
 public:
  Loop(Context& context, std::vector<std::unique_ptr<Driver>>& drivers, const Stay& stay)
      : context_(context), drivers_(drivers), stay_(stay), began_(context.clock.now()) {
    for (const auto& driver : drivers_) driven_.push_back({ExitCode::done, driver->run().key, {}});
    over_.assign(drivers_.size(), false);
  }

  std::vector<Driven> run() {
    while (true) {
      if (is_interrupted(context_)) leave_by_signal();
      std::optional<Instant> wake_at;
      bool all_over = true;
      for (std::size_t i = 0; i < drivers_.size(); ++i) {
        if (over_[i]) continue;
        guarded(i, [&] {
          drivers_[i]->turn(is_late());  // past the end of --wait=D only what is under way is brought to its end
          context_.observer.turned(drivers_[i]->run());
          const Keep keep = judge(*drivers_[i]);
          if (keep.leave) {
            over_[i] = true;
            driven_[i].exit = *keep.leave;
            return;
          }
          earlier(wake_at, keep.wake_at);
        });
        all_over = all_over && over_[i];
      }
      if (all_over) return driven_;
      if (context_.listens_every)
        earlier(wake_at, context_.clock.now() + on_run_clock(context_, *context_.listens_every));
      deliver(wake_at.value_or(context_.clock.now() + kIdleLook));
    }
  }

 private:
  bool is_late() const { return stay_.wait && stay_.at_most && context_.clock.now() >= began_ + *stay_.at_most; }

  Keep judge(Driver& driver) {
    const Instant now = context_.clock.now();
    const plan::Plan& plan = driver.latest_plan();
    if (driver.busy()) return {std::nullopt, busy_until(plan, now)};
    if (driver.stop()) return {exit_of_stop(*driver.stop()), {}};
    const plan::RunFacts facts = driver.facts();
    const RunState state = plan::run_state(facts);
    if (plan::is_over(facts)) return {plan::exit_of(state), {}};
    const bool spending = stay_.goal != Goal::fetched;
    const ExitCode unfinished = spending && plan::awaits_release(facts) ? ExitCode::attention : ExitCode::not_finished;
    if (!stay_.wait) {
      if (stay_.goal == Goal::submitted && plan::chunks_left(facts) == 0) return {ExitCode::done, {}};
      if (!spending) return {ExitCode::not_finished, {}};
      // Short waits are sat out, but not one after another without end: patience counts from the last progress.
      const Instant patient_until = driver.last_progress() + stay_.patience;
      std::optional<Instant> event = plan.next_event;
      if (driver.looking()) earlier(event, plan.next_poll);
      if (!event || *event > patient_until) return {unfinished, {}};
      earlier(event, plan.next_poll);
      return {std::nullopt, event};
    }
    if (spending && plan::only_release_helps(facts)) return {unfinished, {}};
    std::optional<Instant> wake = plan.next_event;
    earlier(wake, plan.next_poll);
    if (!stay_.at_most) return {std::nullopt, wake};
    if (is_late()) return {unfinished, {}};
    const Instant deadline = began_ + *stay_.at_most;
    const std::optional<plan::Pause> pause = driver.pause();
    const bool jobs_live = facts.chunks[static_cast<std::size_t>(ChunkState::submitted)] > 0;
    if (pause && pause->resume_at && *pause->resume_at > deadline && !jobs_live) return {ExitCode::not_finished, {}};
    earlier(wake, deadline);
    return {std::nullopt, wake};
  }

  /// While requests are under way the loop wakes for their answers; time matters only for what may start beside them.
  static std::optional<Instant> busy_until(const plan::Plan& plan, Instant now) {
    std::optional<Instant> wake;
    if (plan.next_event && *plan.next_event > now) wake = plan.next_event;
    if (plan.next_poll && *plan.next_poll > now) earlier(wake, plan.next_poll);
    return wake;
  }

  /// Every answer is stored before any problem with one of them ends the command: one may be a job's name.
  void deliver(Instant wake_at) {
    std::exception_ptr problem;
    for (const Completion& completion : context_.service->wait(wake_at)) {
      for (std::size_t i = 0; i < drivers_.size(); ++i) {
        bool ours = false;
        try {
          guarded(i, [&] { ours = drivers_[i]->handle(completion.ticket, completion.answer); });
        } catch (...) {
          if (!problem) problem = std::current_exception();
          ours = true;
        }
        if (ours) break;
      }
    }
    if (problem) std::rethrow_exception(problem);
    warn_of_skew();
  }

  void warn_of_skew() {
    const std::optional<Duration> skew = context_.service->clock_skew();
    if (warned_ || !skew || std::chrono::abs(*skew) <= scaled(kClockTolerance, std::max(1.0, context_.clock.scale())))
      return;
    warned_ = true;
    context_.observer.says(
        drivers_.front()->run(),
        fmt::format("this machine's clock and the service's differ by {}; times of files and jobs are corrected",
                    spell_duration(std::chrono::abs(*skew))));
  }

  /// A driver whose epoch is lost writes nothing more; the others go on.
  template <class Body>
  void guarded(std::size_t i, const Body& body) {
    try {
      body();
    } catch (const EpochLost& lost) {
      over_[i] = true;
      driven_[i].exit = ExitCode::busy;
      driven_[i].epoch_lost = lost.what();
    }
  }

  [[noreturn]] void leave_by_signal() {
    const auto until = context_.clock.boot_now() + kLastWords;
    const auto creating = [&] {
      return std::any_of(drivers_.begin(), drivers_.end(),
                         [](const auto& driver) { return driver->create_under_way(); });
    };
    const Duration step = scaled(milliseconds{200}, context_.clock.scale());
    while (creating() && context_.clock.boot_now() < until) deliver(context_.clock.now() + step);
    context_.service->abandon();
    const std::string name = drivers_.size() == 1 ? " " + drivers_.front()->run().name : "";
    throw interruption(context_, "interrupted; everything done so far is saved", "batchctl resume" + name);
  }

  Context& context_;
  std::vector<std::unique_ptr<Driver>>& drivers_;
  Stay stay_;
  Instant began_;
  std::vector<Driven> driven_;
  std::vector<bool> over_;
  bool warned_ = false;
};

}  // namespace

std::vector<Driven> drive(Context& context, std::vector<std::unique_ptr<Driver>>& drivers, const Stay& stay) {
  return Loop(context, drivers, stay).run();
}

}  // namespace batchctl::app
