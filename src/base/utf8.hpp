// UTF-8, a character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace batchctl {

/// The length of the well-formed sequence at the front (Unicode 15, table 3-7), 0 when there is none. Not of nothing.
std::size_t utf8_length(std::string_view text);

/// Takes the sequence at the front off `text`, as long as its first byte says and at most all of it: it is not looked
/// at whether it is well-formed. Not of nothing.
std::string_view take_sequence(std::string_view& text);

/// The character that a well-formed sequence stands for; of anything else some number.
std::uint32_t code_point(std::string_view sequence);

}  // namespace batchctl
