// A clock that stands until it is told to move: time never passes in a test by itself.
#pragma once

#include <chrono>
#include <cmath>

#include "base/time.hpp"
#include "ports/clock.hpp"

namespace batchctl::fakes {

class FakeClock : public Clock {
 public:
  /// 2026-11-22T00:00:00Z, unless told otherwise; boot was an hour before.
  explicit FakeClock(Instant start = from_unix_ms(1'795'305'600'000)) : now_(start) {}

  Instant now() const override { return now_; }
  double scale() const override { return scale_; }
  std::chrono::nanoseconds boot_now() const override { return boot_; }

  /// Wall time follows: `length` of the run's clock is `length / scale` since boot.
  void advance(Duration length) {
    now_ += length;
    boot_ += std::chrono::nanoseconds{std::llround(static_cast<double>(length.count()) * 1e6 / scale_)};
  }
  /// Forward only; an instant that has passed changes nothing.
  void advance_to(Instant at) {
    if (at > now_) advance(at - now_);
  }
  /// The wall clock was set, maybe back; the time since boot does not care.
  void set_wall(Instant at) { now_ = at; }
  void set_scale(double scale) { scale_ = scale; }

 private:
  Instant now_;
  double scale_ = 1.0;
  std::chrono::nanoseconds boot_ = std::chrono::hours{1};
};

}  // namespace batchctl::fakes
