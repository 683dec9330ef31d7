#include "records/json_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/error.hpp"

namespace batchctl {

namespace {

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

/// Without a branch, so that compilers make wide instructions of it.
bool any_needs_escape(std::string_view text) {
  std::uint8_t any = 0;
  for (const char c : text)
    any = static_cast<std::uint8_t>(any | (static_cast<std::uint8_t>(c) < 0x20) | (c == '"') | (c == '\\'));
  return any != 0;
}

constexpr std::uint64_t every_byte(unsigned char value) { return 0x0101010101010101ULL * value; }

/// The top bit of each byte that is below `limit`, perhaps of some behind the first such too.
constexpr std::uint64_t below(std::uint64_t word, unsigned char limit) {
  return (word - every_byte(limit)) & ~word & every_byte(0x80);
}

std::uint64_t need_escape(std::uint64_t word) {
  return below(word, 0x20) | below(word ^ every_byte('"'), 1) | below(word ^ every_byte('\\'), 1);
}

/// What stands behind the backslash, by character; 0 where it takes a number.
constexpr std::array<char, 128> short_escapes() {
  std::array<char, 128> names{};
  constexpr std::string_view kCharacters = "\"\\\n\r\t\b\f", kNames = "\"\\nrtbf";
  for (std::size_t i = 0; i < kCharacters.size(); ++i) names[static_cast<unsigned char>(kCharacters[i])] = kNames[i];
  return names;
}

/// Writes the escape of a character that needs one, at most six bytes; returns what follows it.
char* write_escape(char* to, char c) {
  static constexpr std::array<char, 128> kShort = short_escapes();
  constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  *to++ = '\\';
  if (kShort[byte] != 0) {
    *to++ = kShort[byte];
    return to;
  }
  for (const char digit : {'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]}) *to++ = digit;
  return to;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_json_space(text[at])) ++at;
  return at;
}

/// `at` is a quote; the place after its partner.
std::size_t skip_string(std::string_view text, std::size_t at) {
  const std::size_t first = ++at;
  for (;;) {
    at = text.find('"', at);
    if (at == std::string_view::npos) throw Bug("raw pieces of JSON that is not valid");
    std::size_t backslashes = 0;
    while (at - backslashes > first && text[at - backslashes - 1] == '\\') ++backslashes;
    ++at;
    if (backslashes % 2 == 0) return at;
  }
}

/// The place after the value that begins at `at`.
std::size_t skip_value(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '"') return skip_string(text, at);
  std::size_t depth = 0;
  while (at < text.size()) {
    switch (text[at]) {
      case '"':
        at = skip_string(text, at);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return at;
        if (--depth == 0) return at + 1;
        break;
      case ',':
        if (depth == 0) return at;
        break;
      default:
        if (depth == 0 && is_json_space(text[at])) return at;
    }
    ++at;
  }
  return at;
}

std::optional<std::uint32_t> hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(at, 4)) {
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<std::uint32_t>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<std::uint32_t>(c - 'A') + 10;
    else
      return std::nullopt;
    value = value * 16 + digit;
  }
  return value;
}

/// Whether `\ud` or `\uD` is anywhere in it: most texts need no closer look. Written so that compilers widen it.
bool may_hold_surrogates(std::string_view json) {
  constexpr std::size_t kBlock = 4096;
  for (std::size_t at = 0; at + 2 < json.size(); at += kBlock) {
    const char* bytes = json.data() + at;
    const std::size_t count = std::min(kBlock, json.size() - 2 - at);
    unsigned char found = 0;
    for (std::size_t i = 0; i < count; ++i)
      found |= static_cast<unsigned char>((bytes[i] == '\\') & (bytes[i + 1] == 'u') & ((bytes[i + 2] | 0x20) == 'd'));
    if (found != 0) return true;
  }
  return false;
}

/// The next lone surrogate at or after `from`, which must not be inside of an escape.
std::size_t next_lone_surrogate(std::string_view json, std::size_t from) {
  std::size_t at = from;
  while ((at = json.find('\\', at)) != std::string_view::npos) {
    const auto unit = at + 1 < json.size() && json[at + 1] == 'u' ? hex4(json, at + 2) : std::nullopt;
    if (!unit || *unit < 0xd800 || *unit > 0xdfff) {
      at += unit ? 6U : 2U;
      continue;
    }
    const bool escape_follows = at + 7 < json.size() && json[at + 6] == '\\' && json[at + 7] == 'u';
    const auto second = *unit < 0xdc00 && escape_follows ? hex4(json, at + 8) : std::nullopt;
    if (!second || *second < 0xdc00 || *second > 0xdfff) return at;
    at += 12;
  }
  return std::string_view::npos;
}

}  // namespace

/// Eight bytes at a time, and more where a long stretch shows.
std::size_t unescaped_length(std::string_view text) {
  constexpr std::size_t kWord = 8, kStretch = 64;
  std::size_t at = 0;
  for (; at + kWord <= text.size(); at += kWord) {
    if (at >= kStretch)
      while (at + kStretch + kWord <= text.size() && !any_needs_escape(text.substr(at, kStretch))) at += kStretch;
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, kWord);
    if (need_escape(word) != 0) break;
  }
  while (at < text.size() && !needs_escape(text[at])) ++at;
  return at;
}

/// A word is copied whole, then the place of its first character that needs an escape is looked at: texts with a quote
/// every few words take no longer than others.
void append_json_escaped(std::string& out, std::string_view text) {
  static_assert(std::endian::native == std::endian::little, "the first character is the lowest byte of a word");
  constexpr std::size_t kWord = 8, kAtOnce = 1024, kLongestEscape = 6;
  std::array<char, kAtOnce * kLongestEscape + kWord> escaped;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, kAtOnce);
    const char *from = part.data(), *const end = from + part.size();
    char* to = escaped.data();
    while (end - from >= static_cast<std::ptrdiff_t>(kWord)) {
      std::uint64_t word = 0;
      std::memcpy(&word, from, kWord);
      std::memcpy(to, &word, kWord);
      const std::uint64_t marks = need_escape(word);
      const int plain = marks == 0 ? static_cast<int>(kWord) : std::countr_zero(marks) / 8;
      from += plain;
      to += plain;
      if (marks != 0) to = write_escape(to, *from++);
    }
    for (; from != end; ++from) {
      if (needs_escape(*from))
        to = write_escape(to, *from);
      else
        *to++ = *from;
    }
    out.append(escaped.data(), static_cast<std::size_t>(to - escaped.data()));
    text.remove_prefix(part.size());
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

RawMembers::RawMembers(std::string_view object) : text_(without_outer_space(object)) {
  if (text_.empty() || text_.front() != '{') throw Bug("members of JSON that is no object");
  at_ = 1;
}

bool RawMembers::next() {
  at_ = skip_space(text_, at_);
  if (at_ >= text_.size() || text_[at_] == '}') return false;
  if (text_[at_] == ',') at_ = skip_space(text_, at_ + 1);
  std::size_t end = skip_string(text_, at_);
  name_ = text_.substr(at_, end - at_);
  at_ = skip_space(text_, end);  // the colon
  at_ = skip_space(text_, at_ + 1);
  end = skip_value(text_, at_);
  value_ = text_.substr(at_, end - at_);
  at_ = end;
  return true;
}

RawElements::RawElements(std::string_view array) : text_(without_outer_space(array)) {
  if (text_.empty() || text_.front() != '[') throw Bug("elements of JSON that is no array");
  at_ = 1;
}

bool RawElements::next() {
  at_ = skip_space(text_, at_);
  if (at_ >= text_.size() || text_[at_] == ']') return false;
  if (text_[at_] == ',') at_ = skip_space(text_, at_ + 1);
  const std::size_t end = skip_value(text_, at_);
  value_ = text_.substr(at_, end - at_);
  at_ = end;
  return true;
}

std::string_view raw_member_value(std::string_view object, std::size_t ordinal) {
  RawMembers members(object);
  while (members.next())
    if (ordinal-- == 0) return members.value();
  return {};
}

std::string minified_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      const std::size_t end = skip_string(json, at);
      out.append(json.substr(at, end - at));
      at = end;
    } else {
      if (!is_json_space(json[at])) out += json[at];
      ++at;
    }
  }
  return out;
}

std::optional<std::size_t> find_lone_surrogate(std::string_view json) {
  if (!may_hold_surrogates(json)) return std::nullopt;
  const std::size_t at = next_lone_surrogate(json, 0);
  if (at == std::string_view::npos) return std::nullopt;
  return at;
}

std::string without_lone_surrogates(std::string_view json) {
  std::string out(json);
  std::size_t at = 0;
  while ((at = next_lone_surrogate(out, at)) != std::string_view::npos) {
    out.replace(at, 6, "\\ufffd");
    at += 6;
  }
  return out;
}

std::string_view without_outer_space(std::string_view text) {
  while (!text.empty() && is_json_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_json_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace batchctl
