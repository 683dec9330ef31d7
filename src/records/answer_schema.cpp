#include "records/answer_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl {

namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr std::size_t kMostForPatterns = 16U << 10U;  // std::regex needs stack for every letter
constexpr int kDeepest = 200;

[[noreturn]] void refuse(const std::string& why) {
  throw Fatal(ExitCode::usage, "bad_schema", "--schema is no JSON Schema: " + why,
              "Mend the schema, then submit again.");
}

int depth_of(std::string_view json) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

/// Within `properties` and the like a member is a name, not a word of the schema.
Json without_patterns(const Json& schema, bool names = false) {
  if (schema.is_array()) {
    Json all = Json::array();
    for (const Json& one : schema) all.push_back(without_patterns(one));
    return all;
  }
  if (!schema.is_object()) return schema;
  Json kept = Json::object();
  for (const auto& [name, value] : schema.items()) {
    if (!names && (name == "pattern" || name == "patternProperties")) continue;
    if (!names && (name == "enum" || name == "const" || name == "default" || name == "examples")) {
      kept[name] = value;
      continue;
    }
    const bool holds_names = !names && (name == "properties" || name == "definitions" || name == "$defs");
    kept[name] = without_patterns(value, holds_names);
  }
  return kept;
}

const Json* no_other_file(const std::string& reference) {
  throw std::runtime_error("it refers to " + reference + ", and only what is in it can be read");
}

void compile(const Json& text, valijson::Schema& schema) {
  valijson::SchemaParser parser;
  const std::function<void(const Json*)> forget = [](const Json* other) { delete other; };
  parser.populateSchema(Adapter(text), schema, std::function<const Json*(const std::string&)>(no_other_file), forget);
}

}  // namespace

struct AnswerSchema::State {
  Json text, text_without_patterns;
  valijson::Schema schema, without_patterns;
};

AnswerSchema::AnswerSchema(std::string_view schema) : state_(std::make_unique<State>()) {
  if (depth_of(schema) > kDeepest) refuse(fmt::format("it is nested more than {} deep", kDeepest));
  state_->text = Json::parse(schema, nullptr, false);
  if (!state_->text.is_object()) refuse("it is no JSON object");
  state_->text_without_patterns = without_patterns(state_->text);
  try {
    compile(state_->text, state_->schema);
    compile(state_->text_without_patterns, state_->without_patterns);
  } catch (const std::exception& problem) {
    refuse(one_line(problem.what(), 200));
  }
}
AnswerSchema::~AnswerSchema() = default;
AnswerSchema::AnswerSchema(AnswerSchema&&) noexcept = default;
AnswerSchema& AnswerSchema::operator=(AnswerSchema&&) noexcept = default;

std::optional<std::string> AnswerSchema::fault_of(std::string_view answer) const {
  if (depth_of(answer) > kDeepest) return fmt::format("the answer is nested more than {} deep", kDeepest);
  const Json json = Json::parse(answer, nullptr, false);
  if (json.is_discarded()) return "the answer is no JSON";
  const bool is_long = answer.size() > kMostForPatterns;
  valijson::Validator validator;
  valijson::ValidationResults results;
  try {
    if (validator.validate(is_long ? state_->without_patterns : state_->schema, Adapter(json), &results))
      return std::nullopt;
  } catch (const std::exception& problem) {
    return "the answer cannot be compared with the schema: " + one_line(problem.what(), 200);
  }
  valijson::ValidationResults::Error error;
  // The first words are of the whole, the last ones of the very place.
  while (results.popError(error)) {
  }
  std::string place;
  for (const std::string& step : error.context) place += step;
  return fmt::format("the answer does not follow the schema: {}: {}", one_line(place, 80),
                     one_line(error.description, 160));
}

std::shared_ptr<const AnswerSchema> compiled_schema(const std::optional<std::string>& schema) {
  return schema ? std::make_shared<const AnswerSchema>(*schema) : nullptr;
}

}  // namespace batchctl
