#include "records/request_settings.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/input_line.hpp"
#include "records/json_text.hpp"
#include "records/prompt_template.hpp"
#include "records/request_check.hpp"
#include "records/tokens.hpp"

namespace batchctl {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMimeType = "responseMimeType", kJsonMimeType = "\"application/json\"";
constexpr std::array<std::string_view, 3> kSchemaMembers = {"responseSchema", "responseJsonSchema", "responseFormat"};

bool is_schema(std::string_view name) {
  return std::find(kSchemaMembers.begin(), kSchemaMembers.end(), name) != kSchemaMembers.end();
}

/// A member's name without quotes and escapes, in camelCase.
std::string camel_name(std::string_view raw) {
  if (raw.find('\\') == std::string_view::npos) return camel_case(raw.substr(1, raw.size() - 2));
  return camel_case(Json::parse(raw).get<std::string>());
}

bool is_json_mime(std::string_view raw) {
  return raw.find('\\') == std::string_view::npos ? raw == kJsonMimeType : Json::parse(raw) == "application/json";
}

/// The words of `type` in capitals, as the service's schema has them; JSON Schema writes them small.
void capitalize_types(Json& schema) {
  if (!schema.is_object()) return;
  if (const auto type = schema.find("type"); type != schema.end() && type->is_string()) {
    std::string word = type->get<std::string>();
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    *type = word;
  }
  if (const auto items = schema.find("items"); items != schema.end()) capitalize_types(*items);
  for (const char* name : {"anyOf", "any_of"})
    if (const auto list = schema.find(name); list != schema.end() && list->is_array())
      for (Json& one : *list) capitalize_types(one);
  if (const auto members = schema.find("properties"); members != schema.end() && members->is_object())
    for (Json& one : *members) capitalize_types(one);
}

void add_member(std::string& object, std::string_view name, std::string_view raw) {
  if (!object.ends_with('{')) object += ',';
  object += '"';
  object += name;
  object += "\":";
  object += raw;
}

/// An object, or its end, as it stands, with members (each behind its comma) put behind its last one.
void append_with(std::string& out, std::string_view object, std::string_view more) {
  std::size_t end = object.size() - 1;
  while (end > 0 && is_json_space(object[end - 1])) --end;
  if (end > 0 && object[end - 1] == '{' && !more.empty()) more.remove_prefix(1);
  out += object.substr(0, end);
  out += more;
  out += object.substr(end);
}

Fatal bad_option(const std::string& what, const std::string& next) {
  return {ExitCode::usage, "bad_option", what, next};
}

}  // namespace

RequestSettings::RequestSettings(const Settings& settings) {
  if (settings.system) {
    system_ = "{\"parts\":[{\"text\":";
    append_json_string(system_, *settings.system);
    system_ += "}]}";
    system_tokens_ = estimate_tokens(*settings.system);
  }
  if (settings.generation_config) {
    config_ = checked_json_object(*settings.generation_config, "--generation-config");
    for (RawMembers members(config_); members.next();)
      members_.push_back({camel_name(members.name()), std::string(members.value())});
  }
  if (settings.schema) take_schema(*settings.schema);
}

void RequestSettings::take_schema(const std::string& schema) {
  Json parsed = Json::parse(checked_json_object(schema, "--schema"));
  for (const Member& one : members_)
    if (is_schema(one.name))
      throw bad_option(fmt::format("--schema beside \"{}\" in --generation-config", one.name), "Give one of them.");
  if (config_.empty()) config_ = "{";
  if (config_.ends_with('}')) config_.pop_back();
  const auto add = [&](std::string_view name, std::string raw) {
    add_member(config_, name, raw);
    members_.push_back({std::string(name), std::move(raw)});
  };
  if (const Member* mime = member(kMimeType); mime == nullptr)
    add(kMimeType, std::string(kJsonMimeType));
  else if (!is_json_mime(mime->raw))
    throw bad_option(fmt::format("--schema needs application/json, and --generation-config says {}: {}", kMimeType,
                                 one_line(mime->raw, 40)),
                     "Leave the member out.");
  capitalize_types(parsed);
  add("responseSchema", parsed.dump());
  config_ += '}';
  has_schema_ = true;
}

const RequestSettings::Member* RequestSettings::member(std::string_view name) const {
  for (const Member& one : members_)
    if (one.name == name) return &one;
  return nullptr;
}

std::optional<LineFault> RequestSettings::append_config(std::string& out, std::string_view own) const {
  own = without_outer_space(own);
  if (members_.empty()) {
    out += own;
    return std::nullopt;
  }
  std::vector<std::string> names;
  bool own_schema = false, other_mime = false;
  for (RawMembers members(own); members.next();) {
    names.push_back(camel_name(members.name()));
    if (members.value() == "null") continue;
    own_schema = own_schema || is_schema(names.back());
    other_mime = other_mime || (names.back() == kMimeType && !is_json_mime(members.value()));
  }
  std::string more;
  for (const Member& one : members_) {
    if (std::find(names.begin(), names.end(), one.name) != names.end()) continue;
    if (is_schema(one.name)) {
      if (own_schema) continue;
      if (other_mime)
        return line_fault(
            fmt::format("\"generationConfig\".\"{}\" is no application/json, which the schema of the settings needs",
                        kMimeType),
            "Remove the member from the line, or give the line a schema of its own.");
    }
    more += fmt::format(",\"{}\":{}", one.name, one.raw);
  }
  append_with(out, own, more);
  return std::nullopt;
}

std::optional<LineFault> RequestSettings::append_request(std::string& out, std::string_view request,
                                                         bool& has_own_system) const {
  has_own_system = false;
  std::string_view own_config;
  for (RawMembers members(request); members.next();) {
    const std::string name = camel_name(members.name());
    if (name == "content")
      return line_fault("an embedding (\"content\") takes no system instruction, generation config or schema",
                        "Leave --system, --generation-config and --schema out.");
    const bool is_system = name == "systemInstruction", is_config = name == "generationConfig";
    if (!is_system && !is_config) continue;
    const bool again = is_system ? has_own_system : !own_config.empty();
    if (again) return line_fault(fmt::format("\"{}\" is there twice", name));
    if (members.value() == "null")
      return line_fault(fmt::format("\"{}\" is null: that could mean none, or that of the settings", name),
                        "Remove the member, or write what is meant.");
    if (is_system) has_own_system = true;
    if (is_config) own_config = members.value();
  }
  if (!own_config.empty() && own_config.front() != '{') return line_fault("\"generationConfig\" must be an object");
  std::string_view rest = request;
  if (!own_config.empty()) {
    const auto begin = static_cast<std::size_t>(own_config.data() - request.data());
    out += request.substr(0, begin);
    if (auto wrong = append_config(out, own_config)) return wrong;
    rest = request.substr(begin + own_config.size());
  }
  std::string more;
  if (!has_own_system && !system_.empty()) more += ",\"systemInstruction\":" + system_;
  if (own_config.empty() && !config_.empty()) more += ",\"generationConfig\":" + config_;
  append_with(out, rest, more);
  return std::nullopt;
}

void RequestSettings::check() const {
  if (config_.empty()) return;
  simdjson::dom::parser parser;
  const simdjson::dom::element config = parser.parse(config_);
  const Place place{nullptr, "generationConfig", Place::kNoIndex};
  if (auto wrong = check_message(MessageId::GenerationConfig, config, place)) {
    const bool is_of_schema = has_schema_ && wrong->what.starts_with("\"generationConfig\".\"responseSchema\"");
    const std::string next =
        is_of_schema ? "Write the schema with the members of the service's Schema; any JSON Schema can be sent as "
                       "--generation-config '{\"responseMimeType\":\"application/json\",\"responseJsonSchema\":{…}}'."
                     : "Correct it. If the service has learned it since, give --no-check-requests.";
    throw bad_option(fmt::format("{}: {}", is_of_schema ? "--schema" : "--generation-config", wrong->what), next);
  }
}

void check_prompt_settings(const Settings& settings) {
  const RequestSettings beside(settings);
  if (settings.prompt) const PromptTemplate text(*settings.prompt);
}

}  // namespace batchctl
