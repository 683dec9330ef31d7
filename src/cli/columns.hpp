// How many columns of a terminal a text takes, and how to make it fit. By a small table of our own: the C library's
// answer depends on the locale, and screens must look the same everywhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace batchctl::cli {

/// Of UTF-8 text without control characters: letters of East Asia and emoji take two columns, combining marks none.
std::size_t columns(std::string_view text);

/// At most so many columns; what is cut away is told by `~` in the last one.
std::string cut_to(std::string_view text, std::size_t width);

/// Exactly so many columns: cut, or filled with spaces.
std::string fitted(std::string_view text, std::size_t width);

}  // namespace batchctl::cli
