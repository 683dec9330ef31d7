// Deterministic numbers and names from a seed and some text: the same on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace batchctl::sandbox {

/// FNV-1a over the text and a closing byte, so that ("a","b") and ("ab","") differ when chained.
constexpr std::uint64_t hash_on(std::uint64_t before, std::string_view text) {
  std::uint64_t hash = before ^ 0xcbf29ce484222325U;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return (hash ^ 0x1fU) * 0x100000001b3U;
}

/// Spreads every bit over the whole word (the finish of splitmix64).
constexpr std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

/// In [0, 1).
constexpr double share_of(std::uint64_t hash) { return static_cast<double>(mixed(hash) >> 11U) * 0x1.0p-53; }

/// `length` lower-case letters and digits.
inline std::string name_of(std::uint64_t hash, std::size_t length) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string name;
  for (std::size_t i = 0; i < length; ++i) name += kLetters[mixed(hash + i) % kLetters.size()];
  return name;
}

}  // namespace batchctl::sandbox
