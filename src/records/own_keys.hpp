// The records' own keys as names on the wire, of chunks whose lines another tool wrote. batchctl's own lines are named
// by number (wire_key.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/chunk.hpp"
#include "core/run.hpp"

namespace batchctl {

class OwnKeys {
 public:
  /// Reads the chunk's lines once. A `gemini` line is named by its `key`, as the service reads it; any other by
  /// `--key-field`, else `id`, `key` or `custom_id`. A number is named by its digits as they stand. Throws
  /// Fatal{mismatch, "input_changed"} when the lines are no longer those that were planned.
  OwnKeys(const std::vector<Span>& spans, const std::vector<Input>& inputs, const Settings& settings);

  /// Why answers to lines of these names could not be joined: a record without a key, or two with the same. nullopt:
  /// each has its own.
  const std::optional<std::string>& fault() const { return fault_; }

  std::optional<std::int64_t> record_of(std::string_view key) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> records_;
  std::optional<std::string> fault_;
};

}  // namespace batchctl
