#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "base/harmless.hpp"
#include "base/utf8.hpp"

namespace batchctl {

namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

/// Puts bytes in, takes groups of `Bits` bits out, the last one filled up with zeros.
template <unsigned Bits>
std::string encode(std::span<const unsigned char> bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() * 8 + Bits - 1) / Bits);
  constexpr std::uint32_t kMask = (1U << Bits) - 1U;
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  for (const unsigned char byte : bytes) {
    held = (held << 8U) | byte;
    held_bits += 8;
    while (held_bits >= Bits) {
      held_bits -= Bits;
      text += alphabet[(held >> held_bits) & kMask];
    }
  }
  if (held_bits > 0) text += alphabet[(held << (Bits - held_bits)) & kMask];
  return text;
}

std::span<const unsigned char> as_bytes(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

constexpr std::uint8_t kNotBase64 = 0xFF;

constexpr std::array<std::uint8_t, 256> kBase64Values = [] {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNotBase64;
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{}) return std::nullopt;

  std::string unit(end, last);
  std::transform(unit.begin(), unit.end(), unit.begin(), ascii_lower);
  if (unit.empty() || unit == "b") return number;

  const std::size_t power = std::string_view("kmgtpe").find(unit.front());
  if (power == std::string_view::npos) return std::nullopt;
  const std::string_view rest = std::string_view(unit).substr(1);
  std::uint64_t step = 0;
  if (rest.empty() || rest == "b") {
    step = 1000;
  } else if (rest == "ib") {
    step = 1024;
  } else {
    return std::nullopt;
  }
  for (std::size_t i = 0; i <= power; ++i) {
    if (__builtin_mul_overflow(number, step, &number)) return std::nullopt;
  }
  return number;
}

std::string spell_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be spelled 1024.0.
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string spell_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, ',');
  return text;
}

std::string spell_count(std::uint64_t count, std::string_view noun) {
  return spell_count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0x0FU];
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  const std::size_t padded_size = text.size();
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  const bool is_padded = text.size() != padded_size;
  if (is_padded && padded_size % 4 != 0) return std::nullopt;
  if (text.size() % 4 == 1) return std::nullopt;

  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  for (const char c : text) {
    const std::uint8_t value = kBase64Values[static_cast<unsigned char>(c)];
    if (value == kNotBase64) return std::nullopt;
    held = (held << 6U) | value;
    held_bits += 6;
    if (held_bits >= 8) {
      held_bits -= 8;
      bytes += static_cast<char>(static_cast<unsigned char>(held >> held_bits));
    }
  }
  // Bits left over are zero in everything an encoder writes.
  if ((held & ((1U << held_bits) - 1U)) != 0) return std::nullopt;
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text = encode<6>(as_bytes(bytes), kBase64);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string to_base32(std::span<const unsigned char> bytes) { return encode<5>(bytes, kBase32); }

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
  return lower;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string with_valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    valid += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return valid;
}

std::string one_line(std::string_view text, std::size_t limit) {
  std::string line;
  line.reserve(std::min(text.size(), limit));
  const std::size_t limit_if_cut = limit < kEllipsis.size() ? 0 : limit - kEllipsis.size();
  std::size_t cut = 0;  // the longest beginning that leaves room for the ellipsis
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(sequence.size());
    if (length == 0) {
      line += '?';
    } else if (is_obeyed(sequence)) {
      line.append(sequence.size(), ' ');
    } else {
      line += sequence;
    }
    if (line.size() <= limit_if_cut) cut = line.size();
    if (line.size() > limit) {
      line.resize(cut);
      if (limit >= kEllipsis.size()) line += kEllipsis;
      break;
    }
  }
  return line;
}

}  // namespace batchctl
