#include "records/line_format.hpp"

#include <fmt/format.h>

namespace batchctl {

namespace {

constexpr std::array<std::string_view, kLineFormatNames.size()> kMeanings = {
    "questions", "Gemini requests, sent as they stand", "OpenAI batch lines, translated", "conversations"};

}  // namespace

std::optional<LineFormat> line_format_named(std::string_view name) {
  for (std::size_t i = 0; i < kLineFormatNames.size(); ++i)
    if (kLineFormatNames[i] == name) return static_cast<LineFormat>(i);
  return std::nullopt;
}

std::string described_format(std::string_view name) {
  const auto format = line_format_named(name);
  if (!format) return std::string(name);
  return fmt::format("{} ({})", name, kMeanings[static_cast<std::size_t>(*format)]);
}

}  // namespace batchctl
