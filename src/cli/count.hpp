// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace batchctl::cli {

inline std::string count(std::int64_t n) { return spell_count(static_cast<std::uint64_t>(n)); }
inline std::string count(std::int64_t n, std::string_view noun) {
  return spell_count(static_cast<std::uint64_t>(n), noun);
}

}  // namespace batchctl::cli
