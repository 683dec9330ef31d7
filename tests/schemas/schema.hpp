// The JSON Schemas of what scripts read, as judges.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace batchctl {

/// What is wrong with a document by src/cli/schemas/<name>.schema.json, a line each; empty when nothing is.
std::string schema_faults(const std::string& name, const nlohmann::json& document);

/// The same by a schema that stands by itself.
std::string faults_by(const nlohmann::json& schema, const nlohmann::json& document);

}  // namespace batchctl
