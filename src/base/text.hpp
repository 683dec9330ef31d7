// Small text forms that several rooms share: sizes, hex, base64, base32, counts for people.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace batchctl {

/// Bytes, or with a unit: `8MiB`, `2GB`, `512k` (KiB and kiB are 1024, kB and k and KB 1000). nullopt when not of that
/// form or when it does not fit. Whole numbers only; K to E; upper or lower case.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// For people: `5.9 MiB`.
std::string spell_size(std::uint64_t bytes);

/// For people: `15,400`.
std::string spell_count(std::uint64_t count);
/// `1 chunk`, `154 chunks`.
std::string spell_count(std::uint64_t count, std::string_view noun);

std::string to_hex(std::span<const unsigned char> bytes);
/// nullopt when the text is not base64 (RFC 4648, section 4; padding optional, but right when it is there).
std::optional<std::string> from_base64(std::string_view text);
std::string to_base64(std::string_view bytes);
/// RFC 4648 base32, lower case, without padding.
std::string to_base32(std::span<const unsigned char> bytes);

/// Whether the text holds the word.
constexpr bool mentions(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

/// Of ASCII letters alone: for header names, units and other words of a protocol.
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string to_lower(std::string_view text);

std::string_view trimmed(std::string_view text);

/// Every byte that is not of a UTF-8 character replaced by U+FFFD.
std::string with_valid_utf8(std::string_view text);

/// One line, at most `limit` bytes, cut at a UTF-8 border with "…"; control bytes become spaces, bytes
/// that are not UTF-8 become "?". Safe for a terminal and for JSON.
std::string one_line(std::string_view text, std::size_t limit = 400);

}  // namespace batchctl
