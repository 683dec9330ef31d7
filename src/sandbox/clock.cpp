#include "sandbox/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace batchctl::sandbox {

Instant scaled_now(const ClockSetting& setting) {
  using Exact = std::chrono::duration<double, std::milli>;
  const auto wall = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  if (setting.scale == 1.0) return std::chrono::floor<milliseconds>(wall);
  const Exact since = wall - setting.epoch;
  return setting.epoch + milliseconds{static_cast<std::int64_t>(since.count() * setting.scale)};
}

std::string clock_text(const ClockSetting& setting) {
  return fmt::format("{}@{}", setting.scale, to_rfc3339(setting.epoch));
}

std::string http_date(Instant at) {
  const auto second = std::chrono::floor<seconds>(at);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(second)));
}

std::string to_rfc3339_ns(Instant at, std::uint64_t salt) {
  const auto second = std::chrono::floor<seconds>(at);
  std::string text = to_rfc3339(second);
  text.pop_back();
  return fmt::format("{}.{:03}{:06}Z", text, (at - second).count(), salt % 1000000);
}

}  // namespace batchctl::sandbox
