#include "base/harmless.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"

namespace batchctl {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Of text that is UTF-8: bytes of the character that begins here.
std::size_t length_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

std::uint32_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(sequence[i])); };
  if (sequence.size() == 1) return byte(0);
  std::uint32_t point = byte(0) & (0xFFU >> (sequence.size() + 1));
  for (std::size_t i = 1; i < sequence.size(); ++i) point = point << 6U | (byte(i) & 0x3FU);
  return point;
}

}  // namespace

bool is_obeyed(std::string_view sequence) {
  const std::uint32_t c = code_point(sequence);
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

std::string harmless(std::string_view text) {
  const std::string valid = with_valid_utf8(text);
  std::string shown;
  shown.reserve(valid.size());
  for (std::size_t at = 0; at < valid.size();) {
    const std::string_view sequence = std::string_view(valid).substr(at, length_of(std::string_view(valid).substr(at)));
    at += sequence.size();
    if (sequence == "\n")
      shown += '\n';
    else if (sequence == "\t")
      shown += ' ';
    else
      shown += is_obeyed(sequence) ? kReplacement : sequence;
  }
  return shown;
}

std::string harmless_json(std::string_view json) {
  const std::string valid = with_valid_utf8(json);
  std::string shown;
  shown.reserve(valid.size());
  for (std::size_t at = 0; at < valid.size();) {
    const std::string_view sequence = std::string_view(valid).substr(at, length_of(std::string_view(valid).substr(at)));
    at += sequence.size();
    // JSON has no control character in a string, so one that stands here stands between values.
    if (static_cast<unsigned char>(sequence.front()) < 0x20 || !is_obeyed(sequence))
      shown += sequence;
    else
      shown += fmt::format("\\u{:04x}", code_point(sequence));
  }
  return shown;
}

}  // namespace batchctl
