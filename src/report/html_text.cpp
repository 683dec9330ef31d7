#include "report/html_text.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"

namespace batchctl::report {

namespace {

/// UTF-8 of marks that are seen only by what they do to other text (Unicode's Bidi_Control, zero-width characters,
/// byte order mark) and of the line and paragraph separators.
constexpr std::array<std::string_view, 20> kUnseen = {"\xd8\x9c",      // U+061C
                                                      "\xe2\x80\x8b",  // U+200B to U+200F
                                                      "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f",
                                                      "\xe2\x80\xa8",  // U+2028, U+2029
                                                      "\xe2\x80\xa9",
                                                      "\xe2\x80\xaa",  // U+202A to U+202E
                                                      "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
                                                      "\xe2\x81\xa0",  // U+2060
                                                      "\xe2\x81\xa6",  // U+2066 to U+2069
                                                      "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9",
                                                      "\xef\xbb\xbf",   // U+FEFF
                                                      "\xef\xbf\xbf"};  // U+FFFF, which is no character

std::size_t unseen_at(std::string_view text) {
  for (const std::string_view mark : kUnseen)
    if (text.starts_with(mark)) return mark.size();
  return 0;
}

}  // namespace

std::string html_text(std::string_view text, std::size_t limit) {
  const std::string line = one_line(text, limit);
  std::string out;
  for (std::size_t i = 0; i < line.size();) {
    if (const std::size_t unseen = unseen_at(std::string_view(line).substr(i)); unseen > 0) {
      out += "\xef\xbf\xbd";
      i += unseen;
      continue;
    }
    const char c = line[i++];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string html_words(std::string_view text, std::size_t limit) {
  return fmt::format("<bdi>{}</bdi>", html_text(text, limit));
}

}  // namespace batchctl::report
