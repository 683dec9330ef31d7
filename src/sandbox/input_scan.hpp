// One pass over a whole input file: what create must know, and what download must produce.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/jobs.hpp"
#include "sandbox/pseudo_answers.hpp"

namespace batchctl::sandbox {

struct InputScan {
  std::uint64_t records = 0;
  std::uint64_t failed = 0;  // rows whose fate is an error
  std::uint64_t tokens = 0;
  std::vector<std::string> keys;  // of the records that have one, in order
  std::string refusal;            // every bad line, one a line, in the service's words; empty = all good
};

InputScan scan_input(const std::string& path, const RowShares& shares, const std::string& display_name);

/// Writes the job's results to `output`, complete or not at all. A second call makes the same bytes.
void write_output(const Job& job, const std::string& input, const std::string& output);

}  // namespace batchctl::sandbox
