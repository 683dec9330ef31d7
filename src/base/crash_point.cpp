#include "base/crash_point.hpp"

#ifdef BATCHCTL_CRASH_POINTS

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace batchctl {

namespace {

struct Armed {
  CrashPoint point;
  int times;  // that it still comes, the last one being the one
};

// Set once at the start, before there is a second thread; only the main thread comes to these moments.
std::optional<Armed> to_kill;
std::optional<Armed> to_stop;

bool is_now(std::optional<Armed>& armed, CrashPoint point) {
  return armed && armed->point == point && --armed->times == 0;
}

std::optional<Armed> armed_by(const char* variable, std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::string_view name = text.substr(0, text.find(':'));
  const auto* row = std::find_if(kCrashPoints.begin(), kCrashPoints.end(),
                                 [&](const CrashPointRow& candidate) { return candidate.name == name; });
  int times = 1;
  bool is_number = true;
  if (name.size() < text.size()) {
    const std::string_view digits = text.substr(name.size() + 1);
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), times);
    is_number = problem == std::errc{} && end == digits.data() + digits.size() && times > 0;
  }
  if (row == kCrashPoints.end() || !is_number)
    throw Fatal(ExitCode::usage, "usage", fmt::format("{} is not NAME or NAME:NTH: \"{}\"", variable, text),
                "src/base/crash_point.hpp lists the names; or unset it");
  return Armed{row->point, times};
}

}  // namespace

void crash_point(CrashPoint point) {
  if (is_now(to_kill, point)) std::raise(SIGKILL);
  if (is_now(to_stop, point)) std::raise(SIGSTOP);
}

void arm_crash_points(std::string_view kill_at, std::string_view stop_at) {
  to_kill = armed_by("BATCHCTL_CRASH_AT", kill_at);
  to_stop = armed_by("BATCHCTL_STOP_AT", stop_at);
}

}  // namespace batchctl

#endif
