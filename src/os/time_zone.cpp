#include "os/time_zone.hpp"

#include <ctime>

namespace batchctl::os {

std::chrono::minutes utc_offset(Instant at) {
  const std::time_t seconds_since =
      static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count());
  std::tm local{};
  ::tzset();  // localtime_r need not read TZ
  if (::localtime_r(&seconds_since, &local) == nullptr) return {};
  return std::chrono::minutes{local.tm_gmtoff / 60};
}

}  // namespace batchctl::os
