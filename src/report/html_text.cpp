#include "report/html_text.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"

namespace batchctl::report {

namespace {

/// UTF-8 of characters of no width: U+200B to U+200D, U+2060, and U+FFFF, which is none. What a terminal would obey is
/// gone already (base/harmless.hpp).
constexpr std::array<std::string_view, 5> kUnseen = {"\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x81\xa0",
                                                     "\xef\xbf\xbf"};

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
