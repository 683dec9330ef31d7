#include "discovery/discovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "beside.hpp"
#include "discovery/exceptions.hpp"
#include "discovery/formats.hpp"

namespace batchctl::discovery {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kReference = "#/components/schemas/";

bool begins_with(const Json& schema, std::string_view word) {
  return schema.value("description", "").compare(0, word.size(), word) == 0;
}

bool is_excepted(const std::string& schema, const std::string& member, Exception::Kind kind) {
  const auto all = exceptions();
  return std::any_of(all.begin(), all.end(),
                     [&](const Exception& e) { return e.kind == kind && e.schema == schema && e.member == member; });
}

/// A protobuf Any: the member `@type` says what the others are.
bool is_any(const Json& schema) {
  const auto more = schema.find("additionalProperties");
  return more != schema.end() && more->value("description", "").find("@type") != std::string::npos;
}

/// Walks a value and its schema side by side.
class Walk {
 public:
  Walk(const Discovery& discovery, Side side) : discovery_(discovery), side_(side) {}

  void named(const std::string& name, const Json& value, const std::string& at) {
    const Json& schema = discovery_.schema(name);
    if (schema.is_null()) return fault(at, "there is no schema " + name);
    if (!value.is_object()) return fault(at, "is no object but " + value.dump());
    message(name, schema, value, at);
  }

  std::string faults;

 private:
  void fault(const std::string& at, const std::string& what) { faults += fmt::format("{}: {}\n", at, what); }

  void any_schema(const Json& schema, const Json& value, const std::string& at) {
    if (value.is_null()) return fault(at, "is null");
    if (const auto reference = schema.find("$ref"); reference != schema.end())
      return named(reference->get<std::string>().substr(kReference.size()), value, at);
    const std::string type = schema.value("type", "");
    if (type.empty()) return;  // any JSON value
    if (type == "object") return object(schema, value, at);
    if (type == "array") return array(schema, value, at);
    if (const std::string what = scalar_fault(schema, value); !what.empty()) fault(at, what);
  }

  void array(const Json& schema, const Json& value, const std::string& at) {
    if (!value.is_array()) return fault(at, "is no array but " + value.dump());
    for (std::size_t i = 0; i < value.size(); ++i)
      any_schema(schema.at("items"), value[i], fmt::format("{}[{}]", at, i));
  }

  void object(const Json& schema, const Json& value, const std::string& at) {
    if (!value.is_object()) return fault(at, "is no object but " + value.dump());
    if (is_any(schema)) return typed(value, at);
    if (const auto of_all = schema.find("additionalProperties"); of_all != schema.end()) {
      for (const auto& [name, member] : value.items()) any_schema(*of_all, member, at + "." + name);
    } else {
      message("", schema, value, at);
    }
  }

  /// The captures say v1main where the document says v1beta: only the last part of the type counts (3.2).
  void typed(const Json& value, const std::string& at) {
    const auto type = value.find("@type");
    if (type == value.end() || !type->is_string()) return fault(at, "has no @type");
    const std::string name = type->get<std::string>();
    Json rest = value;
    rest.erase("@type");
    named(name.substr(name.rfind('.') + 1), rest, at);
  }

  void message(const std::string& name, const Json& schema, const Json& value, const std::string& at) {
    static const Json kNone = Json::object();
    const auto found = schema.find("properties");
    const Json& members = found == schema.end() ? kNone : *found;
    for (const auto& [member, of] : value.items()) {
      const std::string there = at + "." + member;
      const auto listed = members.find(member);
      if (listed == members.end()) {
        if (!is_excepted(name, member, Exception::Kind::unlisted)) fault(there, "is not in the document");
        continue;
      }
      if (side_ != Side::answer && (listed->value("readOnly", false) || begins_with(*listed, "Output only.")) &&
          !is_excepted(name, member, Exception::Kind::sent)) {
        fault(there, "is output only");
      }
      any_schema(*listed, of, there);
    }
    if (side_ != Side::request) return;
    for (const auto& [member, schema_of] : members.items()) {
      if (begins_with(schema_of, "Required.") && !value.contains(member) &&
          !is_excepted(name, member, Exception::Kind::omitted))
        fault(at + "." + member, "is required");
    }
  }

  const Discovery& discovery_;
  Side side_;
};

std::string schema_of_content(const Json& holder) {
  const Json::json_pointer at("/content/application~1json/schema/$ref");
  if (!holder.contains(at)) return {};
  return holder.at(at).get<std::string>().substr(kReference.size());
}

}  // namespace

const Discovery* Discovery::beside_the_project() {
  const auto path = beside("gemini-api/discovery.json", "requests and answers against the discovery document");
  if (!path) return nullptr;
  static const Discovery document(Json::parse(std::ifstream(*path)));
  return &document;
}

Discovery::Discovery(Json document) : document_(std::move(document)) {
  for (const auto& [path, verbs] : document_.at("paths").items()) {
    const std::string pattern = std::regex_replace(path, std::regex("\\{[^}]*\\}"), "[^/:]+");
    for (const auto& [verb, method] : verbs.items()) {
      std::string upper = verb;
      std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
      methods_.push_back({upper + " /v1beta" + pattern,
                          {schema_of_content(method.value("requestBody", Json::object())),
                           schema_of_content(method.at("responses").at("200"))}});
    }
  }
}

const Json& Discovery::schema(const std::string& name) const {
  static const Json kNone;
  for (const Json* schemas : {&document_.at("components").at("schemas"), &supplement()})
    if (const auto found = schemas->find(name); found != schemas->end()) return *found;
  return kNone;
}

const Discovery::Method* Discovery::method(const std::string& verb, const std::string& path) const {
  const auto found = std::find_if(methods_.begin(), methods_.end(), [&](const auto& one) {
    return std::regex_match(verb + " " + path, std::regex(one.first));
  });
  return found == methods_.end() ? nullptr : &found->second;
}

std::string Discovery::faults(const std::string& schema, const Json& value, Side side) const {
  Walk walk(*this, side);
  walk.named(schema, value, schema);
  return walk.faults;
}

}  // namespace batchctl::discovery
