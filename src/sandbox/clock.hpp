// The sandbox's clock: epoch + (wall - epoch) * scale, so that other processes can agree on the time.
#pragma once

#include <string>

#include "base/time.hpp"

namespace batchctl::sandbox {

struct ClockSetting {
  double scale = 1.0;
  Instant epoch{};
};

Instant scaled_now(const ClockSetting& setting);

/// `SCALE@EPOCH`.
std::string clock_text(const ClockSetting& setting);

/// The form of HTTP's Date header.
std::string http_date(Instant at);

/// RFC 3339 with nine fraction digits, of which the last six are `salt`'s: the service answers in nanoseconds.
std::string to_rfc3339_ns(Instant at, std::uint64_t salt);

}  // namespace batchctl::sandbox
