// The machine's clock behind the port, and the two variables that bend time for trying and testing.
//
// BATCHCTL_CLOCK=SCALE@EPOCH makes several processes agree on a faster time; BATCHCTL_TIMING shortens the bounds of the
// create protocol. Without them everything is as in life.
#pragma once

#include <chrono>
#include <string_view>

#include "ports/clock.hpp"

namespace batchctl::os {

/// What BATCHCTL_CLOCK says. The clock reads `epoch + (wall - epoch) * scale`; the epoch may lie in the future.
struct ClockSetting {
  double scale = 1.0;
  Instant epoch{};
};

/// Reads `SCALE@EPOCH`; empty text is the system clock. Throws Fatal{usage} naming the variable.
ClockSetting parse_clock(std::string_view text);

/// What the clock shows at the wall time `wall`; saturates where an Instant ends.
Instant scaled_instant(const ClockSetting& setting, std::chrono::sys_time<std::chrono::nanoseconds> wall);

/// Reads `send=2s,effect=5s,listed=5s,create=4s`, any part of it; empty text is the timing of life. An effect that is
/// not given follows the create by 20 s. Throws Fatal{usage} naming the variable and the word.
CreateTiming parse_timing(std::string_view text);

class SystemClock final : public Clock {
 public:
  /// `setting` is the text of BATCHCTL_CLOCK, empty for the system clock.
  explicit SystemClock(std::string_view setting = {}) : setting_(parse_clock(setting)) {}

  Instant now() const override;
  double scale() const override { return setting_.scale; }
  std::chrono::nanoseconds boot_now() const override;

 private:
  ClockSetting setting_;
};

}  // namespace batchctl::os
