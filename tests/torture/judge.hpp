// What is true at the end of a round, by the service's ledger and job list and by the results that were written.
#pragma once

#include <cstdint>
#include <string>

#include "e2e/process.hpp"
#include "torture/state_file.hpp"

namespace batchctl::torture {

struct Verdict {
  std::string wrong;            // a line each; empty when nothing is
  std::int64_t jobs = 0;        // that the service made
  std::int64_t duplicates = 0;  // jobs or records beyond one each a chunk and attempt, and jobs beside a live one
  std::int64_t lost = 0;        // records without the line or the answer that is theirs
  std::int64_t faults = 0;      // that the service served
};

/// `input`: what was submitted; `results`: what download wrote. In a round that was cancelled a record whose job did
/// not succeed may have no answer; else every record has one.
Verdict judge(const e2e::Sandbox& sandbox, const std::string& key, const StateFile& state, const std::string& input,
              const std::string& results, bool cancelled);

}  // namespace batchctl::torture
