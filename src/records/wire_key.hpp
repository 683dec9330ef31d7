// The key a record carries on the wire: `r<index>`. It is ours, so that results are joined by number.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl {

inline void append_wire_key(std::string& out, std::int64_t record) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, record).ptr;
  out += 'r';
  out.append(digits, end);
}

inline std::string wire_key(std::int64_t record) {
  std::string key;
  append_wire_key(key, record);
  return key;
}

/// What stands behind the key in a wire line that RecordRenderer wrote.
inline std::string_view request_in(std::string_view wire_line) {
  constexpr std::string_view kBehindKey = "\",\"request\":";
  const std::size_t at = wire_line.find(kBehindKey);
  return at == std::string_view::npos ? std::string_view{} : wire_line.substr(at + kBehindKey.size());
}

/// nullopt unless it is exactly what `wire_key` makes of an index from 0 to the largest 64-bit number.
inline std::optional<std::int64_t> record_of_wire_key(std::string_view key) {
  if (key.size() < 2 || key[0] != 'r' || key[1] < '0' || key[1] > '9') return std::nullopt;
  if (key[1] == '0' && key.size() > 2) return std::nullopt;
  std::int64_t record = 0;
  const char* end = key.data() + key.size();
  const auto parsed = std::from_chars(key.data() + 1, end, record);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return record;
}

}  // namespace batchctl
