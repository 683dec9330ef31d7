// Where and when a person looks: the clock on the wall, and who is known to be at work.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/time.hpp"
#include "core/run.hpp"

namespace batchctl::cli {

struct Viewpoint {
  Viewpoint(Instant at) : now(at) {}  // NOLINT: implicit on purpose; UTC, and every driver is believed

  Instant now;
  std::function<std::chrono::minutes(Instant)> utc_offset;  // of the person's clock; empty: UTC
  std::function<bool(const DriverMark&)> is_at_work;        // empty: every driver's mark is believed
  std::size_t width = 0;                                    // columns to wrap at; 0: lines stay whole
  bool colour = false;
};

/// `14:05`, or `28 Nov 14:05` when that is another day than today.
std::string clock_time(Instant at, const Viewpoint& view);
/// `in 12 min (14:05)`; what is past is `now (since 14:05)`.
std::string when(Instant at, const Viewpoint& view);
/// `2026-11-28 14:05:09`
std::string date_and_time(Instant at, const Viewpoint& view);

}  // namespace batchctl::cli
