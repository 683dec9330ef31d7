// Numbers of things as people read them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace batchctl {

/// `15,400`; below zero there is nothing.
inline std::string count(std::int64_t n) {
  return spell_count(static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0)));
}
/// `1 chunk`, `154 chunks`.
inline std::string count(std::int64_t n, std::string_view noun) {
  return spell_count(static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0)), noun);
}

}  // namespace batchctl
