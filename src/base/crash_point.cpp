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
  int times;  // that it still comes, the last one being fatal
};

// Set once at the start, before there is a second thread; only the main thread comes to these moments.
std::optional<Armed> armed;

}  // namespace

void crash_point(CrashPoint point) {
  if (armed && armed->point == point && --armed->times == 0) std::raise(SIGKILL);
}

void arm_crash_point(std::string_view text) {
  armed.reset();
  if (text.empty()) return;
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
    throw Fatal(ExitCode::usage, "usage", fmt::format("BATCHCTL_CRASH_AT is not NAME or NAME:NTH: \"{}\"", text),
                "src/base/crash_point.hpp lists the names; or unset it");
  armed = Armed{row->point, times};
}

}  // namespace batchctl

#endif
