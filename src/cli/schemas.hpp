// The JSON Schemas (draft 7) of what --json prints: src/cli/schemas, compiled in.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace batchctl::cli {

struct EmbeddedSchema {
  const char* name;  // status
  const char* text;  // as the file has it
};

const std::vector<EmbeddedSchema>& embedded_schemas();

std::vector<std::string> schema_names();

/// One that stands by itself: what it refers to in another file is copied into its own definitions.
nlohmann::ordered_json schema_document(const std::string& name);

/// The list of names: what each is the schema of.
nlohmann::ordered_json schema_list_document();
std::string schema_list_text();

}  // namespace batchctl::cli
