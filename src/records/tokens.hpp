// How many tokens a text may be, without asking anyone.
#pragma once

#include <cstdint>
#include <string_view>

namespace batchctl {

/// An image of up to 384 pixels (page "Understand and count tokens", 2026); larger ones take several.
inline constexpr std::int64_t kImageTokens = 258;

/// Tokens of a UTF-8 text, estimated and rounded up; 0 for nothing. English prose comes to about four characters a
/// token, the rule of thumb of Google's page on tokens (read 2026). The rest is our own estimate, by what a character
/// is: each digit a token (the vocabulary splits numbers), one and a half ASCII signs, two letters of two bytes
/// (accents, Greek, Cyrillic), one and a half of three bytes (Chinese, Japanese, Korean), half an emoji. So code and
/// tables of numbers weigh more than prose. The model's calibration corrects the sum.
std::int64_t estimate_tokens(std::string_view text);

}  // namespace batchctl
