#include "cli/schema.hpp"

#include <fstream>
#include <stdexcept>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace batchctl::test {

namespace {

nlohmann::json load(const std::string& name) {
  std::ifstream file(BATCHCTL_SOURCE_DIR "/src/cli/schemas/" + name);
  if (!file) throw std::runtime_error("there is no schema " + name);
  return nlohmann::json::parse(file);
}

}  // namespace

std::string misfit(const std::string& schema_name, const nlohmann::json& document) {
  const nlohmann::json text = load(schema_name + ".schema.json");
  valijson::Schema schema;
  // A schema may name another file beside it.
  valijson::SchemaParser().populateSchema(
      valijson::adapters::NlohmannJsonAdapter(text), schema,
      [](const std::string& uri) { return new nlohmann::json(load(uri.substr(uri.rfind('/') + 1))); },
      [](const nlohmann::json* loaded) { delete loaded; });
  valijson::Validator validator;
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter target(document);
  if (validator.validate(schema, target, &results)) return {};
  std::string said;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& step : error.context) said += step;
    said += ": " + error.description + "\n";
  }
  return said;
}

}  // namespace batchctl::test
