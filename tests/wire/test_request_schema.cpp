// What we know of a request's members, against the service's own schema: the same messages, members, types and words.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "discovery/discovery.hpp"
#include "records/request_schema.hpp"

using namespace batchctl;
using namespace batchctl::discovery;
using Json = nlohmann::json;

namespace {

using Kind = MemberType::Kind;
using Shape = MemberType::Shape;

/// A type in words; the same for the document's and for ours.
std::string spelled(const Json& schema) {
  if (const auto reference = schema.find("$ref"); reference != schema.end())
    return reference->get<std::string>().substr(std::string("#/components/schemas/").size());
  const std::string type = schema.value("type", "any");
  if (type == "array") return "list of " + spelled(schema.at("items"));
  if (type == "object") return "map of " + spelled(schema.at("additionalProperties"));
  if (const auto words = schema.find("enum"); words != schema.end()) {
    std::string text = "word";
    for (const auto& word : *words) text += " " + word.get<std::string>();
    return text;
  }
  const std::string format = schema.value("format", "");
  if (type == "string") return format.empty() ? "text" : format;
  if (type == "integer") return format;
  return type;
}

std::string spelled(const MemberType& type) {
  std::string text;
  switch (type.kind) {
    case Kind::any:
      text = "any";
      break;
    case Kind::text:
      text = "text";
      break;
    case Kind::bytes:
      text = "byte";
      break;
    case Kind::boolean:
      text = "boolean";
      break;
    case Kind::int32:
      text = "int32";
      break;
    case Kind::int64:
      text = "int64";
      break;
    case Kind::number:
      text = "number";
      break;
    case Kind::duration:
      text = "google-duration";
      break;
    case Kind::time:
      text = "google-datetime";
      break;
    case Kind::message:
      text = schema_of(type.message).name;
      break;
    case Kind::word:
      text = "word";
      for (const std::string_view word : type.words) text += " " + std::string(word);
      break;
  }
  switch (type.shape) {
    case Shape::one:
      return text;
    case Shape::list:
      return "list of " + text;
    case Shape::map:
      return "map of " + text;
  }
  return {};
}

}  // namespace

TEST_CASE("the table of a request's members is the service's schema") {
  const Discovery* document = Discovery::beside_the_project();
  if (document == nullptr) return;
  std::set<std::string> ours, reached = {"GenerateContentRequest", "EmbedContentRequest"};
  for (std::size_t i = 0; i < kMessages; ++i) {
    const MessageSchema& message = schema_of(static_cast<MessageId>(i));
    const std::string name(message.name);
    CAPTURE(name);
    CHECK(ours.insert(name).second);
    CHECK(message.members.size() <= 64);  // the check keeps a bit for each
    const Json& schema = document->schema(name);
    REQUIRE(schema.is_object());
    const Json properties = schema.value("properties", Json::object());
    CHECK(properties.size() == message.members.size());
    for (const MemberSchema& member : message.members) {
      CAPTURE(member.name);
      const auto listed = properties.find(std::string(member.name));
      CHECK(listed != properties.end());
      if (listed == properties.end()) continue;
      CHECK(spelled(member.type) == spelled(*listed));
      if (member.type.kind == Kind::message) reached.insert(std::string(schema_of(member.type.message).name));
    }
  }
  CHECK(ours == reached);
}
