#include "cli/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/edit_distance.hpp"

namespace batchctl::cli {

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view name : names)
    if (const std::size_t distance = edit_distance(word, name); distance < least) {
      least = distance;
      best = name;
    }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& names) {
  const std::string_view meant = nearest(word, names);
  if (!meant.empty()) return fmt::format("did you mean \"{}\"?", meant);
  return fmt::format("known are {}", fmt::join(names, ", "));
}

}  // namespace batchctl::cli
