// A line's mark, by which it is known to say what it said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/sha256.hpp"

namespace batchctl {

/// The first 64 bits of the text's SHA-256.
inline std::int64_t print_of(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  const auto digest = hash.digest();
  std::uint64_t print = 0;
  for (std::size_t i = 0; i < 8; ++i) print = print << 8U | digest[i];
  return static_cast<std::int64_t>(print);
}

}  // namespace batchctl
