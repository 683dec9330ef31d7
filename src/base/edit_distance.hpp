// How unlike two words are.
#pragma once

#include <cstddef>
#include <string_view>

namespace batchctl {

/// Letters to insert, remove or replace until one word is the other (Levenshtein); bytes are letters. Time and memory
/// of both lengths: cut words of strangers first.
std::size_t edit_distance(std::string_view one, std::string_view other);

}  // namespace batchctl
