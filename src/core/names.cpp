#include <fmt/format.h>

#include "base/sha256.hpp"
#include "core/chunk.hpp"
#include "core/record.hpp"
#include "core/run.hpp"

namespace batchctl {

std::string job_display_name(const RunId& run, int chunk_index, int attempt, std::string_view body_sha256) {
  return fmt::format("bc/{}/{}/a{}/{}", run.value, chunk_index, attempt, body_sha256.substr(0, 12));
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
