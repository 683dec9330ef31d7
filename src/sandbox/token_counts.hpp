// What answered rows say of their tokens, and sums of that.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace batchctl::sandbox {

struct TokenCounts {
  std::uint64_t rows = 0;  // that carry counts
  std::uint64_t prompt = 0;
  std::uint64_t candidates = 0;
  std::uint64_t thoughts = 0;
  std::uint64_t cached = 0;  // of the prompt

  std::uint64_t total() const { return prompt + candidates + thoughts; }
  TokenCounts& operator+=(const TokenCounts& other);
};

/// With the members of `usageMetadata`, all of them; `rows` besides.
nlohmann::json to_json_with_rows(const TokenCounts& counts);
TokenCounts token_counts_from(const nlohmann::json& json);

}  // namespace batchctl::sandbox
