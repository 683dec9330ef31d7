// One pass over a whole input: what create must know of it, and what a cancel leaves.
#pragma once

#include <cstdint>
#include <string>

#include "sandbox/accepted_keys.hpp"
#include "sandbox/jobs.hpp"

namespace batchctl::sandbox {

struct InputScan {
  std::uint64_t records = 0;
  std::uint64_t failed = 0;  // rows that will carry an error
  std::uint64_t tokens = 0;
  AcceptedKeys keys;
  std::string refusal;  // every bad line, one a line, in the service's words; empty = all good
};

/// By the job's rules for rows. Needs little memory, unless the keys are not `r<n>` (8 bytes each) or lines are bad.
InputScan scan_input(const std::string& path, const Job& job);

/// Rows of the output that carry an error.
std::uint64_t count_failed(const std::string& path, const Job& job);

}  // namespace batchctl::sandbox
