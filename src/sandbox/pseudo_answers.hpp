// The made-up answers. What a request is answered depends on the seed and its text alone, and every answer names the
// question, so that answers given to the wrong record show.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "sandbox/input_lines.hpp"
#include "sandbox/row_fates.hpp"
#include "sandbox/token_counts.hpp"

namespace batchctl::sandbox {

/// `Answer <8 hex> to: <question>`.
std::string answer_text(std::uint64_t seed, const InputLine& line);

/// What a row has under `response`, and what it took.
struct PseudoAnswer {
  nlohmann::ordered_json response;
  TokenCounts tokens;
};

/// A GenerateContentResponse. `fate` says what is wrong with it, if it is one of truncated, blocked, blocked_prompt and
/// empty.
PseudoAnswer generated(std::uint64_t seed, const InputLine& line, RowFate fate, const std::string& model);

/// An EmbedContentResponse: a vector that follows from the text alone, of about unit length.
PseudoAnswer embedded(std::uint64_t seed, const InputLine& line, RowFate fate);

}  // namespace batchctl::sandbox
