// What becomes of each row of a job. Decided by the seed, the display name and the key alone, so that it is the same
// however often it is asked.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "sandbox/input_lines.hpp"
#include "sandbox/scenario.hpp"

namespace batchctl::sandbox {

enum class RowFate {
  answered,
  missing,
  error,
  status,
  duplicate,
  keyless,
  truncated,
  blocked,
  blocked_prompt,
  empty,
  garbled,
  invalid,   // the request parses and makes no sense: error code 3
  unserved,  // not reached before the cancel: error code 1
};

/// A job's rules for its rows, as they were at create.
struct RowPlan {
  std::uint64_t seed = 1;
  std::uint64_t salt = 0;  // the job's part in the decisions, see salt_of
  RowRules rules;
};

std::uint64_t salt_of(std::uint64_t seed, std::string_view display_name);

/// `number` counts the lines from 1 and stands for the key of a line without one. `served`: rows after so many were not
/// reached.
RowFate fate_of(const RowPlan& plan, const InputLine& line, std::uint64_t number,
                std::optional<std::uint64_t> served = {});

/// Whether batchStats counts the row as failed. What is left out or garbled was answered, as far as the service knows.
bool is_failed(RowFate fate);

nlohmann::json to_journal(const RowPlan& plan);
/// `display_name` makes up for what old journals do not hold.
RowPlan row_plan_from_journal(const nlohmann::json& job, std::string_view display_name);

}  // namespace batchctl::sandbox
