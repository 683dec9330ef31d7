#include "cli/schemas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.hpp"

namespace batchctl::cli {

namespace {

using Json = nlohmann::ordered_json;

Json embedded(std::string_view name) {
  for (const EmbeddedSchema& schema : embedded_schemas())
    if (schema.name == name) return Json::parse(schema.text);
  throw Fatal(ExitCode::usage, "usage", fmt::format("there is no schema \"{}\"", name), "batchctl schema lists them");
}

void bring_home(const Json& place, const std::string& file, Json& definitions);

/// Copies the definition that `reference` names, and what that one refers to.
void copy_definition(const std::string& reference, const std::string& file, Json& definitions) {
  constexpr std::string_view kInside = "#/definitions/";
  const std::size_t hash = reference.find(kInside);
  const std::string owner = hash == 0 ? file : reference.substr(0, reference.find('.'));
  const std::string name = reference.substr(hash + kInside.size());
  if (definitions.contains(name)) return;
  const Json definition = embedded(owner).at("definitions").at(name);
  definitions[name] = definition;
  bring_home(definition, owner, definitions);
}

void bring_home(const Json& place, const std::string& file, Json& definitions) {
  if (place.is_object() && place.contains("$ref"))
    copy_definition(place.at("$ref").get<std::string>(), file, definitions);
  for (const Json& part : place)
    if (part.is_structured()) bring_home(part, file, definitions);
}

void point_inside(Json& place) {
  if (place.is_object() && place.contains("$ref")) {
    const std::string reference = place.at("$ref").get<std::string>();
    place["$ref"] = reference.substr(reference.find('#'));
  }
  for (Json& part : place)
    if (part.is_structured()) point_inside(part);
}

}  // namespace

std::vector<std::string> schema_names() {
  std::vector<std::string> names;
  for (const EmbeddedSchema& schema : embedded_schemas()) names.emplace_back(schema.name);
  return names;
}

Json schema_document(const std::string& name) {
  Json document = embedded(name);
  Json definitions = document.value("definitions", Json::object());
  bring_home(document, name, definitions);
  if (!definitions.empty()) document["definitions"] = definitions;
  point_inside(document);
  return document;
}

Json schema_list_document() {
  Json list = Json::array();
  for (const std::string& name : schema_names())
    list.push_back({{"name", name}, {"title", embedded(name).at("title")}});
  return {{"schema", 1}, {"schemas", list}};
}

std::string schema_list_text() {
  std::string text;
  for (const std::string& name : schema_names())
    text += fmt::format("{:<10} {}\n", name, embedded(name).at("title").get<std::string>());
  return text;
}

}  // namespace batchctl::cli
