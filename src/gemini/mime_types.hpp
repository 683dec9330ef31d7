// The types that JSON lines may be uploaded under, and which of them is tried first.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace batchctl::gemini {

/// Types for JSON lines, the best first; services refused some of them at times (python-genai issues 1547 and 1590).
inline constexpr std::array<const char*, 3> kMimeTypes = {"application/jsonl", "application/json", "text/plain"};

/// All of them, `first` at the front when it is one of them.
inline std::vector<std::string> mime_types_from(std::string_view first) {
  std::vector<std::string> types(kMimeTypes.begin(), kMimeTypes.end());
  const auto known = std::find(types.begin(), types.end(), first);
  if (known != types.end()) std::rotate(types.begin(), known, known + 1);
  return types;
}

}  // namespace batchctl::gemini
