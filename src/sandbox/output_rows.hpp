// The rows of a job's output, in the form of a file's lines or of inline responses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/jobs.hpp"
#include "sandbox/token_counts.hpp"

namespace batchctl::sandbox {

struct OutputRow {
  std::string text;       // without a newline; empty when the row is left out
  bool is_twice = false;  // it stands in the output twice
  TokenCounts tokens;     // of what can be read in it; a request that is answered twice ran once
};

/// `number` counts the input's lines from 1.
OutputRow output_row(const Job& job, const InputLine& line, std::uint64_t number);

/// Writes the job's output, one row a line, to `output`, complete or not at all; the sums of its rows' tokens. Needs
/// memory for a block of rows. A second call makes the same bytes.
TokenCounts write_output(const Job& job, const std::string& input, const std::string& output);

/// The rows of an output as one JSON list: inline responses.
std::string list_of_rows(const std::string& output);

}  // namespace batchctl::sandbox
