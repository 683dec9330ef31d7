#include "http/content_range.hpp"

#include <charconv>

#include "base/text.hpp"

namespace batchctl::http {
namespace {

/// The number up to `end`, which goes too; nullopt when there is no such number.
std::optional<std::uint64_t> number_before(std::string_view& text, std::string_view end) {
  const std::size_t length = end.empty() ? text.size() : text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + length, number);
  if (error != std::errc() || stopped != text.data() + length) return std::nullopt;
  text.remove_prefix(length + end.size());
  return number;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (to_lower(text.substr(0, kUnit.size())) != kUnit) return std::nullopt;
  text = trimmed(text.substr(kUnit.size()));
  const auto first = number_before(text, "-");
  const auto last = first ? number_before(text, "/") : std::nullopt;
  if (!last || *last < *first) return std::nullopt;
  if (text == "*") return ContentRange{*first, *last, std::nullopt};
  const auto total = number_before(text, "");
  if (!total || *total <= *last) return std::nullopt;
  return ContentRange{*first, *last, total};
}

}  // namespace batchctl::http
