#include "cli/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace batchctl::cli {

namespace {

/// Letters to change, add or leave out until one word is the other.
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t changed = corner + (one[i] == other[j] ? 0 : 1);
      corner = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names) {
  const auto best = std::min_element(names.begin(), names.end(), [&](std::string_view one, std::string_view other) {
    return distance(word, one) < distance(word, other);
  });
  if (best != names.end() && distance(word, *best) <= std::max<std::size_t>(2, word.size() / 3)) return *best;
  return {};
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& names) {
  const std::string_view meant = nearest(word, names);
  if (!meant.empty()) return fmt::format("did you mean \"{}\"?", meant);
  return fmt::format("known are {}", fmt::join(names, ", "));
}

}  // namespace batchctl::cli
