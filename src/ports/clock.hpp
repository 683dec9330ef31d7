// The door to time.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/time.hpp"

namespace batchctl {

class Clock {
 public:
  virtual ~Clock() = default;
  /// The run's clock: everything that is stored, shown or waited for follows it. May be scaled for trying and testing.
  virtual Instant now() const = 0;
  /// How many seconds of the run's clock pass in one second of wall time; 1 in life.
  virtual double scale() const = 0;
  /// Wall time since boot, also while the machine slept; never set back. Network durations follow it.
  virtual std::chrono::nanoseconds boot_now() const = 0;
};

/// The bounds of the create protocol. `send`, `effect` and `create` are wall time, `listed` follows the run's clock.
struct CreateTiming {
  Duration send = seconds{20};            // S: the request is written within this of the intent, or never
  Duration create = seconds{100};         // the create's time-out; grows by 1 s for every 2 MiB of the file
  Duration effect = seconds{120};         // D: a request takes effect within this of being sent, or never
  Duration listed = seconds{60};          // G: a job is listed within this
  Duration between_passes = seconds{30};  // on the run's clock: between the two passes that prove an absence

  /// The service reads the whole file during the call: 1 s more for every 2 MiB, on the time-out and on D alike.
  static Duration growth(std::uint64_t file_bytes) { return seconds{file_bytes / (2U << 20U)}; }
};

}  // namespace batchctl
