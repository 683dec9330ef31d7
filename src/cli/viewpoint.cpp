#include "cli/viewpoint.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace batchctl::cli {

namespace {

/// RFC 3339 of the person's own clock.
std::string local(Instant at, const Viewpoint& view) {
  return to_rfc3339(view.utc_offset ? at + view.utc_offset(at) : at);
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string clock_time(Instant at, const Viewpoint& view) {
  const std::string there = local(at, view);
  const std::string time = there.substr(11, 5);
  if (there.substr(0, 10) == local(view.now, view).substr(0, 10)) return time;
  const std::size_t month = static_cast<std::size_t>(there[5] - '0') * 10 + static_cast<std::size_t>(there[6] - '0');
  return fmt::format("{} {} {}", there.substr(8, 2), kMonths.at(month - 1), time);
}

std::string when(Instant at, const Viewpoint& view) {
  if (at <= view.now) return fmt::format("now (since {})", clock_time(at, view));
  Duration left = at - view.now;
  if (left >= minutes{2}) left = std::chrono::ceil<minutes>(left);  // seconds would count down before one's eyes
  return fmt::format("in {} ({})", spell_duration(left), clock_time(at, view));
}

std::string date_and_time(Instant at, const Viewpoint& view) {
  std::string there = local(at, view).substr(0, 19);
  there[10] = ' ';
  return there;
}

}  // namespace batchctl::cli
