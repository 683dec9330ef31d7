// How many tokens a text may be, without asking anyone.
#pragma once

#include <cstdint>
#include <string_view>

namespace batchctl {

/// Tokens of a UTF-8 text, estimated and rounded up; 0 for nothing. Four ASCII characters a token is the rule of thumb
/// of Google's page on tokens (read 2026); the rest is our own estimate: 2 characters a token for two-byte letters
/// (accents, Greek, Cyrillic), 1.5 for three-byte ones (Chinese, Japanese, Korean), 2 tokens for an emoji. The run's
/// calibration corrects it later.
std::int64_t estimate_tokens(std::string_view text);

}  // namespace batchctl
