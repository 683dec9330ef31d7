// A Record's outcome: one input line, one honest word.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace batchctl {

/// The words of the results' `status`. Only `ok` counts as answered.
enum class RecordStatus { ok, truncated, invalid, empty, blocked, error, missing, outstanding };
inline constexpr std::array<std::string_view, 8> kRecordStatusNames = {
    "ok", "truncated", "invalid", "empty", "blocked", "error", "missing", "outstanding"};
constexpr std::string_view name_of(RecordStatus status) { return kRecordStatusNames[static_cast<std::size_t>(status)]; }
std::optional<RecordStatus> record_status_named(std::string_view name);

/// Better outcomes have smaller ranks: ok, truncated, invalid, empty, blocked, error, missing, outstanding.
constexpr int rank_of(RecordStatus status) { return static_cast<int>(status); }

/// A record that is not ok, in one stored result.
struct Problem {
  std::int64_t record = 0;
  RecordStatus status = RecordStatus::error;
  std::optional<std::int64_t> code;  // the row's own code (gRPC), when it has one
  std::string message;               // the service's words
  std::int64_t tokens_in = 0, tokens_out = 0;

  // As it was stored:
  bool has_result = true;  // a stored result said so; false: its chunk ended without one
  std::string job_name{};  // whose word it is; empty: no job's
  int attempt = 0;
};

/// What one raw result file held, counted when it was stored.
struct ResultSummary {
  std::string raw_path;  // relative to the raw directory's root
  std::uint64_t bytes = 0;
  std::string sha256;
  std::int64_t lines = 0, ok = 0, not_ok = 0, missing = 0, duplicate_lines = 0, unknown_keys = 0;
  std::int64_t tokens_in = 0, tokens_out = 0, tokens_thinking = 0, tokens_cached = 0, tokens_wasted = 0;
};

struct RecordTally {
  std::int64_t total = 0, answered = 0, failed = 0, outstanding = 0;
};

}  // namespace batchctl
