#include "records/tokens.hpp"

#include <cstring>

namespace batchctl {

namespace {

// Twelfths of a token, so that it stays whole numbers. The first byte of a UTF-8 sequence tells its kind.
constexpr std::int64_t kAscii = 3, kTwoBytes = 6, kThreeBytes = 8, kFourBytes = 24;

constexpr std::int64_t weight(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x80) return kAscii;
  if (byte < 0xc0) return 0;
  return byte < 0xe0 ? kTwoBytes : byte < 0xf0 ? kThreeBytes : kFourBytes;
}

}  // namespace

std::int64_t estimate_tokens(std::string_view text) {
  std::int64_t twelfths = 0;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080ULL) == 0) {
      twelfths += 8 * kAscii;
    } else {
      for (std::size_t i = at; i < at + 8; ++i) twelfths += weight(text[i]);
    }
  }
  for (; at < text.size(); ++at) twelfths += weight(text[at]);
  return (twelfths + 11) / 12;
}

}  // namespace batchctl
