#include "records/tokens.hpp"

#include <algorithm>
#include <cstring>

namespace batchctl {

namespace {

// Sixtieths of a token, so that it stays whole numbers.
constexpr std::int64_t kWhole = 60;
constexpr std::int64_t kLetter = 13, kDigit = 60, kControl = 15, kOther = 40;  // ASCII; a blank counts as a letter
constexpr std::int64_t kTwoBytes = 30, kThreeBytes = 40, kFourBytes = 120;

constexpr bool is_digit(unsigned char c) { return static_cast<unsigned char>(c - '0') < 10; }
constexpr bool is_letter(unsigned char c) { return static_cast<unsigned char>((c | 0x20U) - 'a') < 26 || c == ' '; }
constexpr bool is_control(unsigned char c) { return c < ' '; }

/// The first byte of a UTF-8 sequence tells its kind; those that follow weigh nothing.
constexpr std::int64_t weight(unsigned char c) {
  if (is_letter(c)) return kLetter;
  if (is_digit(c)) return kDigit;
  if (is_control(c)) return kControl;
  if (c < 0x80) return kOther;
  if (c < 0xc0) return 0;
  return c < 0xe0 ? kTwoBytes : c < 0xf0 ? kThreeBytes : kFourBytes;
}

// Eight characters at a time, as eight lanes of a word. All comparisons are of bytes below 0x80.
using Word = std::uint64_t;
constexpr Word kOnes = 0x0101010101010101ULL;
constexpr Word kTops = 0x80 * kOnes;
constexpr std::size_t kWordsAtOnce = 255;  // so that a lane's count fits into its byte

/// The top bit of each lane that is at least `least`.
constexpr Word at_least(Word lanes, unsigned least) { return lanes + (0x80U - least) * kOnes; }
/// 1 in each lane that is from `first` to `last`.
constexpr Word within(Word lanes, unsigned first, unsigned last) {
  return ((at_least(lanes, first) & ~at_least(lanes, last + 1)) & kTops) >> 7U;
}
constexpr std::int64_t sum(Word lanes) {
  std::int64_t total = 0;
  for (; lanes != 0; lanes >>= 8U) total += static_cast<std::int64_t>(lanes & 0xffU);
  return total;
}

/// Weighs ASCII from `at` on, until the text ends or something else comes; moves `at` there.
std::int64_t weigh_ascii(std::string_view text, std::size_t& at) {
  std::int64_t total = 0;
  for (bool more = true; more;) {
    Word letters = 0, digits = 0, controls = 0;
    std::size_t words = 0;
    for (; words < kWordsAtOnce; ++words, at += sizeof(Word)) {
      Word lanes = 0;
      if (text.size() - at >= sizeof(Word)) std::memcpy(&lanes, text.data() + at, sizeof(Word));
      more = text.size() - at >= sizeof(Word) && (lanes & kTops) == 0;
      if (!more) break;
      letters += within(lanes | 0x20 * kOnes, 'a', 'z') + within(lanes, ' ', ' ');
      digits += within(lanes, '0', '9');
      controls += within(lanes, 0, ' ' - 1);
    }
    const std::int64_t n_letters = sum(letters), n_digits = sum(digits), n_controls = sum(controls);
    const std::int64_t n_others = static_cast<std::int64_t>(words * sizeof(Word)) - n_letters - n_digits - n_controls;
    total += n_letters * kLetter + n_digits * kDigit + n_controls * kControl + n_others * kOther;
  }
  return total;
}

}  // namespace

std::int64_t estimate_tokens(std::string_view text) {
  std::int64_t total = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    total += weigh_ascii(text, at);
    for (const std::size_t end = std::min(text.size(), at + sizeof(Word)); at < end; ++at)
      total += weight(static_cast<unsigned char>(text[at]));
  }
  return (total + kWhole - 1) / kWhole;
}

}  // namespace batchctl
