// Holds a JSON document against one of the schemas of src/cli/schemas.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace batchctl::test {

/// Empty when the document fits; else where and why it does not.
std::string misfit(const std::string& schema_name, const nlohmann::json& document);

}  // namespace batchctl::test
