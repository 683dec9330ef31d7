// A definite 429: a measurement of the quota, with the service's own words.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace batchctl {

/// Why creating waits. The names are the `pause.kind` of the JSON.
enum class PauseKind { stock, jobs, day, minute, spend, storage, zero, unknown, outage, cost, pilot, disk };

inline constexpr std::array<std::string_view, 12> kPauseKindNames = {
    "stock", "jobs", "day", "minute", "spend", "storage", "zero", "unknown", "outage", "cost", "pilot", "disk"};
constexpr std::string_view name_of(PauseKind kind) { return kPauseKindNames[static_cast<std::size_t>(kind)]; }
constexpr std::optional<PauseKind> pause_kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kPauseKindNames.size(); ++i)
    if (kPauseKindNames[i] == name) return static_cast<PauseKind>(i);
  return std::nullopt;
}

struct Refusal {
  PauseKind kind = PauseKind::unknown;
  std::optional<std::string> quota_id;  // as it came; never required
  std::string message;                  // the service's own words
  std::optional<Duration> retry_after;  // RetryInfo or Retry-After, saturated, not yet clamped
};

}  // namespace batchctl
