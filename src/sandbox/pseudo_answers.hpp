// The made-up answers. What a request is answered depends on the seed and its text alone, and every answer names the
// question, so that answers given to the wrong record show.
#pragma once

#include <cstdint>
#include <string>

#include "sandbox/input_lines.hpp"

namespace batchctl::sandbox {

/// How a job goes wrong on purpose.
struct RowShares {
  std::uint64_t seed = 1;
  double error_rate = 0;    // rows answered with error code 13
  double missing_rate = 0;  // rows left out
};

enum class RowFate { answered, failed, missing };

/// `key` is the record's key, or the number of its line when it has none.
RowFate fate_of(const RowShares& shares, const std::string& display_name, const std::string& key);

/// `Answer <8 hex> to: <question>`.
std::string answer_text(std::uint64_t seed, const InputLine& line);

/// One line of a job's output, with its newline; `fate` is answered or failed.
std::string output_line(std::uint64_t seed, const InputLine& line, RowFate fate, const std::string& model);

}  // namespace batchctl::sandbox
