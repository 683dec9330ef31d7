#include "schemas/schema.hpp"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace batchctl {

namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

Json read_schema(const std::string& file_name) {
  std::ifstream file(BATCHCTL_SOURCE_DIR "/src/cli/schemas/" + file_name);
  Json schema = Json::parse(file, nullptr, false);
  if (schema.is_discarded()) throw std::runtime_error(file_name + " is no JSON");
  return schema;
}

/// A `$ref` to another file, as `status.schema.json#/definitions/run`.
const Json* other_file(const std::string& reference) {
  return std::make_unique<Json>(read_schema(reference.substr(reference.rfind('/') + 1))).release();
}

}  // namespace

std::string schema_faults(const std::string& name, const Json& document) {
  return faults_by(read_schema(name + ".schema.json"), document);
}

std::string faults_by(const Json& schema_text, const Json& document) {
  valijson::Schema schema;
  valijson::SchemaParser parser;
  const std::function<void(const Json*)> forget = [](const Json* other) { delete other; };
  parser.populateSchema(Adapter(schema_text), schema, std::function<const Json*(const std::string&)>(other_file),
                        forget);

  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, Adapter(document), &results)) return {};
  std::string faults;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const std::string& step : error.context) faults += step;
    faults += ": " + error.description + "\n";
  }
  return faults.empty() ? "refused without a word\n" : faults;
}

}  // namespace batchctl
