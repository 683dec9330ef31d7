// How the clock on the person's wall differs from UTC (TZ, else /etc/localtime).
#pragma once

#include <chrono>

#include "base/time.hpp"

namespace batchctl::os {

/// East of Greenwich positive; with daylight saving at that instant. Zero when the system does not tell.
std::chrono::minutes utc_offset(Instant at);

}  // namespace batchctl::os
