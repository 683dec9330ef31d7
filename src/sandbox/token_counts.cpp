#include "sandbox/token_counts.hpp"

#include <nlohmann/json.hpp>

namespace batchctl::sandbox {

TokenCounts& TokenCounts::operator+=(const TokenCounts& other) {
  rows += other.rows;
  prompt += other.prompt;
  candidates += other.candidates;
  thoughts += other.thoughts;
  cached += other.cached;
  return *this;
}

nlohmann::json to_json_with_rows(const TokenCounts& counts) {
  return {{"rows", counts.rows},
          {"promptTokenCount", counts.prompt},
          {"candidatesTokenCount", counts.candidates},
          {"thoughtsTokenCount", counts.thoughts},
          {"cachedContentTokenCount", counts.cached},
          {"totalTokenCount", counts.total()}};
}

TokenCounts token_counts_from(const nlohmann::json& json) {
  TokenCounts counts;
  counts.rows = json.value("rows", std::uint64_t{0});
  counts.prompt = json.value("promptTokenCount", std::uint64_t{0});
  counts.candidates = json.value("candidatesTokenCount", std::uint64_t{0});
  counts.thoughts = json.value("thoughtsTokenCount", std::uint64_t{0});
  counts.cached = json.value("cachedContentTokenCount", std::uint64_t{0});
  return counts;
}

}  // namespace batchctl::sandbox
