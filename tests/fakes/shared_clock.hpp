// A clock that only the test moves, read by a server's threads at the same time. It does not follow the wall: what
// waits for it waits as long by the wall.
#pragma once

#include <atomic>

#include "ports/clock.hpp"

namespace batchctl::fakes {

class SharedClock : public Clock {
 public:
  Instant now() const override { return from_unix_ms(ms_); }
  double scale() const override { return 1.0; }
  std::chrono::nanoseconds boot_now() const override { return std::chrono::milliseconds{ms_ - kStart + 3'600'000}; }
  void advance(Duration length) { ms_ += length.count(); }

 private:
  static constexpr std::int64_t kStart = 1'795'305'600'000;  // 2026-11-22T00:00:00Z
  std::atomic<std::int64_t> ms_ = kStart;
};

}  // namespace batchctl::fakes
