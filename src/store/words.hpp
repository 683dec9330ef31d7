// The words of the columns that have no names in core.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "core/chunk.hpp"
#include "core/refusal.hpp"

namespace batchctl::store {

inline constexpr std::array<std::string_view, 2> kChunkKindNames = {"base", "repair"};
inline constexpr std::array<std::string_view, 4> kFileStateNames = {"sending", "here", "gone", "deleted"};
inline constexpr std::array<std::string_view, 2> kLineKeysNames = {"wire", "own"};
inline constexpr std::array<std::string_view, 4> kHoldNames = {"intent", "unknown", "live", "none"};
inline constexpr std::array<std::string_view, 4> kJobOriginNames = {"created", "adopted", "duplicate", "imported"};

constexpr std::string_view word_of(ChunkKind kind) { return kChunkKindNames[static_cast<std::size_t>(kind)]; }
constexpr std::string_view word_of(FileState state) { return kFileStateNames[static_cast<std::size_t>(state)]; }
constexpr std::string_view word_of(LineKeys keys) { return kLineKeysNames[static_cast<std::size_t>(keys)]; }
constexpr std::string_view word_of(Hold hold) { return kHoldNames[static_cast<std::size_t>(hold)]; }
constexpr std::string_view word_of(JobOrigin origin) { return kJobOriginNames[static_cast<std::size_t>(origin)]; }

template <class Enum, std::size_t N>
constexpr std::optional<Enum> enum_of(const std::array<std::string_view, N>& names, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace batchctl::store
