// The kinds of record that a run can be made of; one run, one kind.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl {

enum class LineFormat { qa, gemini, openai, chat };
inline constexpr std::array<std::string_view, 4> kLineFormatNames = {"qa", "gemini", "openai", "chat"};
constexpr std::string_view name_of(LineFormat format) { return kLineFormatNames[static_cast<std::size_t>(format)]; }

/// nullopt for `auto` and everything unknown.
std::optional<LineFormat> line_format_named(std::string_view name);

/// For people: `chat (conversations)`; a name that is none as it is.
std::string described_format(std::string_view name);

}  // namespace batchctl
