// What every verb works with: the doors, and the few values that come from the outside.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/random.hpp"
#include "plan/catalogue.hpp"
#include "ports/batch_service.hpp"
#include "ports/clock.hpp"
#include "ports/local_files.hpp"
#include "ports/observer.hpp"
#include "ports/store.hpp"

namespace batchctl::app {

struct Context {
  Store& store;
  Clock& clock;
  LocalFiles& files;
  Observer& observer;
  Random& random;
  CreateTiming timing;
  std::string state_path;  // the database; bodies lie in `<state_path>.d`
  std::string host;        // of this process, for the driver's mark
  int pid = 0;
  std::function<int()> stop_signal;  // 0, or the signal that asks us to stop
  std::string key_print;             // fingerprint of the key in use; empty: none
  BatchService* service = nullptr;   // nullptr: offline
  Ticket next_ticket = 1;
  /// How often, in wall time, a driver that waits looks for what another process may have wished; nullopt: never.
  std::optional<Duration> listens_every{};
  const plan::Catalogue* catalogue = &plan::printed_catalogue();  // prices and limits
  std::string limits_path{};  // where a person may tell others; empty: no place is known
};

/// A signal asks us to stop.
bool is_interrupted(const Context& context);
/// What a command ends with then: 130 for SIGINT, 143 otherwise. `words` say what became of its work.
Fatal interruption(const Context& context, const std::string& words, const std::string& next);

/// `<state>.d/<run id>`: raw results, spooled input, the lock.
std::string run_directory(const Context& context, const RunId& run);
std::string raw_directory(const Context& context, const RunId& run);

/// A wall-time bound on the run's clock.
Duration on_run_clock(const Context& context, Duration wall);

/// A time of the service, corrected by the difference of its clock to ours.
Instant on_our_clock(const Context& context, Instant service_time);

/// How long after its intent a create may still be on its way, on the run's clock: S + D.
Duration in_flight_window(const Context& context);
/// When the list may be read to find out about an intent for a file of this size: S + D + G after it, on the run's
/// clock.
Duration settle_window(const Context& context, std::uint64_t file_bytes);

/// How long ago it was, on the run's clock, that `Clock::boot_now` was `then`: also when somebody set the clock since.
Duration time_since(const Context& context, std::chrono::nanoseconds then);

/// The run's clock without its jumps: never set back, never stepped. Only differences mean something, within one
/// process.
Instant steady_now(const Context& context);

}  // namespace batchctl::app
