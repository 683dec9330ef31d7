// Repair as a decision: which records are asked again without being told to, when, and in what way. Pure.
//
// A row that failed for a passing reason, or has no line at all, is repaired by itself, `retry_attempts` rounds at
// most. Everything else (an answer that is cut off, blocked, empty or of the wrong form) comes again from the same
// request, so it waits for a person: `batchctl retry`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/overrides.hpp"
#include "core/record.hpp"

namespace batchctl::plan {

/// Codes of rows (google.rpc.Code) that may well succeed when asked again: cancelled, deadline exceeded, exhausted,
/// internal, unavailable.
inline constexpr std::array<std::int64_t, 5> kPassingCodes = {1, 4, 8, 13, 14};
bool is_passing(std::int64_t code);

struct RepairFacts {
  std::int64_t waiting = 0;      // records that may be repaired now
  std::int64_t chunks_open = 0;  // chunks that do not rest yet
  std::int64_t full_chunk = 1;   // records that a base chunk holds on average
};

/// Repairs go together: once every chunk rests, or when they fill a chunk of their own.
bool repair_is_due(const RepairFacts& facts);

/// What most likely helps a record of this outcome: room for the whole answer instead of thoughts when it was cut off,
/// the schema in words when it was not followed. The same request otherwise.
Overrides fitting(RecordStatus status, std::string_view model, const std::optional<std::string>& schema);

}  // namespace batchctl::plan
