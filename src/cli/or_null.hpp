// A value that may be absent, as the documents say it.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>

namespace batchctl::cli {

template <class T>
nlohmann::ordered_json or_null(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

}  // namespace batchctl::cli
