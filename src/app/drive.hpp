// The one loop: every run's driver takes its turn, the loop waits for an answer or a time, and ends when the command
// has no reason to stay.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "app/driver.hpp"
#include "base/exit_code.hpp"

namespace batchctl::app {

enum class Goal {
  submitted,  // every chunk has its job
  round,      // recover, observe, fetch, upload and create as far as the quota allows
  fetched,    // observe and fetch what is finished
};

/// How long a command stays.
struct Stay {
  Goal goal = Goal::round;
  bool wait = false;                // --wait: until the run is complete
  std::optional<Duration> at_most;  // --wait=D
  Duration patience = seconds{60};  // waits up to this are sat out without --wait
};

struct Driven {
  ExitCode exit = ExitCode::done;
  RunKey run;              // empty: the run was forgotten, nothing of it had been sent
  std::string epoch_lost;  // not empty: another driver took the run over
};

/// Drives until nothing keeps the command. One element a driver, in order. Throws Fatal as the doors do; a signal ends
/// it with Fatal{interrupted | terminated} after the create under way has been answered (or 5 s of wall time).
std::vector<Driven> drive(Context& context, std::vector<std::unique_ptr<Driver>>& drivers, const Stay& stay);

}  // namespace batchctl::app
