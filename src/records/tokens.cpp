#include "records/tokens.hpp"

#include <cstddef>

namespace batchctl {

namespace {

// Sixtieths of a token, so that it stays whole numbers.
constexpr std::int64_t kWhole = 60;
constexpr std::int64_t kLetter = 13, kDigit = 60, kControl = 15, kOther = 40;  // ASCII; a blank counts as a letter
constexpr std::int64_t kTwoBytes = 30, kThreeBytes = 40, kFourBytes = 120;

// The loops below count so few bytes that each count fits into a byte: compilers make wide instructions of them then,
// 16 and more bytes at a time.
constexpr std::size_t kAtOnce = 240;
using Count = std::uint8_t;

constexpr Count counted(Count count, bool more) { return static_cast<Count>(count + static_cast<Count>(more)); }

/// What is beyond ASCII: the first byte of a sequence tells its kind; those that follow weigh nothing.
std::int64_t weigh_sequences(std::string_view text) {
  Count two_or_more = 0, three_or_more = 0, four = 0;
  for (const char one : text) {
    const auto c = static_cast<std::uint8_t>(one);
    two_or_more = counted(two_or_more, c >= 0xc0);
    three_or_more = counted(three_or_more, c >= 0xe0);
    four = counted(four, c >= 0xf0);
  }
  return (two_or_more - three_or_more) * kTwoBytes + (three_or_more - four) * kThreeBytes + four * kFourBytes;
}

/// At most kAtOnce bytes.
std::int64_t weigh(std::string_view text) {
  Count letters = 0, digits = 0, controls = 0, beyond_ascii = 0;
  for (const char one : text) {
    const auto c = static_cast<std::uint8_t>(one);
    letters = counted(letters, static_cast<std::uint8_t>((c | 0x20U) - 'a') < 26);
    letters = counted(letters, c == ' ');
    digits = counted(digits, static_cast<std::uint8_t>(c - '0') < 10);
    controls = counted(controls, c < ' ');
    beyond_ascii = counted(beyond_ascii, c >= 0x80);
  }
  const std::int64_t others = static_cast<std::int64_t>(text.size()) - letters - digits - controls - beyond_ascii;
  return letters * kLetter + digits * kDigit + controls * kControl + others * kOther +
         (beyond_ascii == 0 ? 0 : weigh_sequences(text));
}

}  // namespace

std::int64_t estimate_tokens(std::string_view text) {
  std::int64_t total = 0;
  for (std::size_t at = 0; at < text.size(); at += kAtOnce) total += weigh(text.substr(at, kAtOnce));
  return (total + kWhole - 1) / kWhole;
}

}  // namespace batchctl
