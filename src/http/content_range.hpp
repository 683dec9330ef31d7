// The `Content-Range` header of a 206 (RFC 9110, section 14.4): which part of the whole an answer brings.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace batchctl::http {

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;              // inclusive
  std::optional<std::uint64_t> total;  // of the whole; nullopt when told as `*`
  bool operator==(const ContentRange&) const = default;
};

/// nullopt when it is not `bytes first-last/total`, or not a part of that total.
std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace batchctl::http
