// Numbers of things as people read them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
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

/// `21 submitted, 133 planned`: of each kind that there is, how many; `none yet` of none.
template <std::size_t N>
std::string tally_words(const std::array<std::int64_t, N>& tally, const std::array<std::string_view, N>& names) {
  std::string words;
  for (std::size_t i = 0; i < N; ++i)
    if (tally[i] > 0) words += (words.empty() ? "" : ", ") + count(tally[i]) + " " + std::string(names[i]);
  return words.empty() ? "none yet" : words;
}

}  // namespace batchctl
