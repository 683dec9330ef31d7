// For a word that is not known: the one that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace batchctl::cli {

/// `did you mean "group-size"?`, or `known are …` when nothing is near.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& names);

/// The name that is few letters away; empty when none is.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names);

}  // namespace batchctl::cli
