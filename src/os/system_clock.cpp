#include "os/system_clock.hpp"

#include <fmt/format.h>
#include <time.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <system_error>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl::os {

namespace {

constexpr Duration kEffectAfterCreate = seconds{20};

Fatal bad_clock(std::string_view text) {
  return {ExitCode::usage, "usage",
          fmt::format("BATCHCTL_CLOCK is not SCALE@EPOCH, SCALE above 0 and EPOCH in RFC 3339: \"{}\"", one_line(text)),
          "an example: BATCHCTL_CLOCK=1000@2026-11-22T00:00:00Z; or unset it"};
}

Fatal bad_timing(const std::string& why) {
  return {ExitCode::usage, "usage", "BATCHCTL_TIMING: " + why,
          "an example: BATCHCTL_TIMING=send=2s,effect=5s,listed=5s,create=4s; or unset it"};
}

/// The field of `timing` that `word` names.
Duration* field_named(CreateTiming& timing, std::string_view word) {
  if (word == "send") return &timing.send;
  if (word == "effect") return &timing.effect;
  if (word == "listed") return &timing.listed;
  if (word == "create") return &timing.create;
  return nullptr;
}

}  // namespace

ClockSetting parse_clock(std::string_view text) {
  if (trimmed(text).empty()) return {};
  const std::size_t sign = text.find('@');
  if (sign == std::string_view::npos) throw bad_clock(text);

  ClockSetting setting;
  const char* end = text.data() + sign;
  const auto [after, problem] = std::from_chars(text.data(), end, setting.scale);
  if (problem != std::errc{} || after != end) throw bad_clock(text);
  if (!std::isfinite(setting.scale) || setting.scale <= 0) throw bad_clock(text);

  const auto epoch = parse_rfc3339(text.substr(sign + 1));
  if (!epoch) throw bad_clock(text);
  setting.epoch = *epoch;
  return setting;
}

Instant scaled_instant(const ClockSetting& setting, std::chrono::sys_time<std::chrono::nanoseconds> wall) {
  if (setting.scale == 1.0) return std::chrono::floor<milliseconds>(wall);
  // In microseconds: at a scale of 1000 a whole millisecond of wall time would be a second of the clock.
  const auto since = std::chrono::floor<std::chrono::microseconds>(wall) - setting.epoch;
  const double ms = std::floor(static_cast<double>(since.count()) * setting.scale / 1000.0);
  const double reading = static_cast<double>(to_unix_ms(setting.epoch)) + ms;
  constexpr double kEnd = static_cast<double>(std::numeric_limits<std::int64_t>::max());
  if (reading >= kEnd) return Instant::max();
  if (reading <= -kEnd) return Instant::min();
  return setting.epoch + milliseconds{static_cast<std::int64_t>(ms)};
}

CreateTiming parse_timing(std::string_view text) {
  CreateTiming timing;
  std::set<std::string_view> given;
  std::string_view rest = trimmed(text);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);

    const std::size_t sign = part.find('=');
    const std::string_view word = part.substr(0, sign);
    Duration* field = field_named(timing, word);
    if (field == nullptr) {
      throw bad_timing(fmt::format("\"{}\" is none of send, effect, listed, create", one_line(word)));
    }
    if (!given.insert(word).second) throw bad_timing(fmt::format("{} is given twice", word));
    const auto length = sign == std::string_view::npos ? std::nullopt : parse_duration(part.substr(sign + 1));
    if (!length) throw bad_timing(fmt::format("{} needs a duration as 2s or 2.5s", word));
    // A time-out of zero would mean none at all to libcurl.
    if (*length == Duration::zero() && word != "listed") throw bad_timing(fmt::format("{} must be above 0", word));
    *field = *length;
  }
  if (!given.contains("effect")) timing.effect = timing.create + kEffectAfterCreate;
  if (timing.create >= timing.effect) {
    throw bad_timing(fmt::format("create ({}) must be below effect ({})", spell_duration(timing.create),
                                 spell_duration(timing.effect)));
  }
  return timing;
}

Instant SystemClock::now() const { return scaled_instant(setting_, std::chrono::system_clock::now()); }

std::chrono::nanoseconds SystemClock::boot_now() const {
  timespec at{};
  if (::clock_gettime(CLOCK_BOOTTIME, &at) != 0) throw Bug("CLOCK_BOOTTIME cannot be read");
  return std::chrono::seconds{at.tv_sec} + std::chrono::nanoseconds{at.tv_nsec};
}

}  // namespace batchctl::os
