#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/sha256.hpp"
#include "core/chunk.hpp"
#include "core/record.hpp"
#include "core/run.hpp"

namespace batchctl {

namespace {

/// Digits and nothing else.
std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || stop != end || number < 0) return std::nullopt;
  return number;
}

}  // namespace

std::string job_display_name(const RunId& run, int chunk_index, int attempt, std::string_view body_sha256) {
  return fmt::format("bc/{}/{}/a{}/{}", run.value, chunk_index, attempt, body_sha256.substr(0, 12));
}

std::optional<JobMark> job_mark_of(std::string_view display_name) {
  std::array<std::string_view, 5> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t slash = display_name.find('/');
    if ((slash == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    parts[i] = display_name.substr(0, slash);
    if (slash != std::string_view::npos) display_name.remove_prefix(slash + 1);
  }
  if (parts[0] != "bc" || parts[1].empty() || !parts[3].starts_with('a')) return std::nullopt;
  const std::optional<int> index = number_in(parts[2]);
  const std::optional<int> attempt = number_in(parts[3].substr(1));
  if (!index || !attempt || *attempt < 1) return std::nullopt;
  return JobMark{RunId{std::string(parts[1])}, *index, *attempt};
}

RemoteFileName remote_file_id(const RunId& run, int chunk_index, std::string_view body_sha256, int generation) {
  const std::string identity = fmt::format("{}\n{}\n{}\n{}", run.value, chunk_index, body_sha256, generation);
  return RemoteFileName{"bc-" + sha256_hex(identity).substr(0, 20)};
}

JobState job_state_named(std::string_view name) {
  for (std::size_t i = 0; i < kJobStateNames.size(); ++i)
    if (kJobStateNames[i] == name) return static_cast<JobState>(i);
  return JobState::unknown;
}

std::optional<RecordStatus> record_status_named(std::string_view name) {
  for (std::size_t i = 0; i < kRecordStatusNames.size(); ++i)
    if (kRecordStatusNames[i] == name) return static_cast<RecordStatus>(i);
  return std::nullopt;
}

std::string_view name_of(RunState state) {
  switch (state) {
    case RunState::submitting:
      return "submitting";
    case RunState::paused:
      return "paused";
    case RunState::waiting:
      return "waiting";
    case RunState::fetching:
      return "fetching";
    case RunState::complete:
      return "complete";
    case RunState::complete_with_failures:
      return "complete_with_failures";
    case RunState::cancelled:
      return "cancelled";
    case RunState::needs_attention:
      return "needs_attention";
  }
  return "needs_attention";
}

}  // namespace batchctl
