// The judge of JSON itself: that it refuses what the document does not say, each kind once.
#include "discovery/discovery.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <set>

#include "beside.hpp"
#include "discovery/exceptions.hpp"
#include "discovery/exchanges.hpp"

using namespace batchctl;
using namespace batchctl::discovery;
using Json = nlohmann::json;

namespace {

/// A document with one of everything.
const Discovery& small() {
  static const Discovery document(Json::parse(R"({
    "paths": {
      "/things/{thingsId}": {"get": {"responses": {"200": {"content": {"application/json": {"schema":
        {"$ref": "#/components/schemas/Thing"}}}}}}},
      "/things/{thingsId}:turn": {"post": {
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
        "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Empty"}}}}}}}},
    "components": {"schemas": {
      "Empty": {"type": "object", "properties": {}},
      "Thing": {"type": "object", "properties": {
        "name": {"type": "string"},
        "count": {"type": "string", "format": "int64"},
        "positive": {"type": "string", "format": "uint64"},
        "number": {"type": "integer", "format": "int32"},
        "share": {"type": "number", "format": "double"},
        "done": {"type": "boolean"},
        "state": {"type": "string", "enum": ["OPEN", "SHUT"]},
        "time": {"type": "string", "format": "google-datetime"},
        "delay": {"type": "string", "format": "google-duration"},
        "hash": {"type": "string", "format": "byte"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "anything": {"description": "Any JSON."},
        "made": {"type": "string", "readOnly": true},
        "metadata": {"type": "object", "additionalProperties": {"description": "Contains field @type with type URL."}}
      }},
      "Order": {"type": "object", "properties": {"title": {"type": "string", "description": "Required. A title."}}}
    }}})"));
  return document;
}

std::string thing(const char* text) { return small().faults("Thing", Json::parse(text), Side::answer); }
bool blames(const std::string& faults, const std::string& what) { return faults.compare(0, what.size(), what) == 0; }

}  // namespace

TEST_CASE("a value is accepted whose every member is as the document says") {
  CHECK(thing("{}") == "");
  CHECK(thing(R"({"name":"a","count":"-9223372036854775808","positive":"18446744073709551615","number":-1,"share":0.5,
                  "done":true,"state":"SHUT","time":"2026-08-20T20:08:31.015405218Z","delay":"2.5s","hash":"YWI=",
                  "parts":[{"name":"b"}],"labels":{"x":"y"},"anything":[1,{"z":2}],"made":"today",
                  "metadata":{"@type":"type.googleapis.com/some.v1main.Thing","name":"c"}})") == "");
}

TEST_CASE("a value is refused with the place and the reason, whatever is wrong with it") {
  const std::pair<const char*, const char*> faulty[] = {
      {R"({"nmae":"a"})", "Thing.nmae: is not in the document"},
      {R"({"display_name":"a"})", "Thing.display_name: is not in the document"},
      {R"({"name":1})", "Thing.name: is no text"},
      {R"({"name":null})", "Thing.name: is null"},
      {R"({"count":1})", "Thing.count: is no text"},
      {R"({"count":"1.5"})", "Thing.count: is no int64"},
      {R"({"count":""})", "Thing.count: is no int64"},
      {R"({"count":"9223372036854775808"})", "Thing.count: is no int64"},
      {R"({"positive":"-1"})", "Thing.positive: is no uint64"},
      {R"({"number":"1"})", "Thing.number: is no int32"},
      {R"({"number":1.5})", "Thing.number: is no int32"},
      {R"({"number":2147483648})", "Thing.number: is no int32"},
      {R"({"number":-2147483649})", "Thing.number: is no int32"},
      {R"({"share":"0.5"})", "Thing.share: is no number"},
      {R"({"done":"true"})", "Thing.done: is neither"},
      {R"({"state":"AJAR"})", "Thing.state: is none of its words: AJAR"},
      {R"({"state":0})", "Thing.state: is no text"},
      {R"({"time":"2026-08-20"})", "Thing.time: is no google-datetime"},
      {R"({"time":"2026-13-20T20:08:31Z"})", "Thing.time: is no google-datetime"},
      {R"({"time":"2026-08-20T20:08:31"})", "Thing.time: is no google-datetime"},
      {R"({"time":"2026-08-20T20:08:31.0154052180Z"})", "Thing.time: is no google-datetime"},
      {R"({"delay":"28"})", "Thing.delay: is no google-duration"},
      {R"({"delay":28})", "Thing.delay: is no text"},
      {R"({"hash":"a"})", "Thing.hash: is no byte"},
      {R"({"hash":"a!=="})", "Thing.hash: is no byte"},
      {R"({"parts":{"name":"b"}})", "Thing.parts: is no array"},
      {R"({"parts":[{"name":"b"},{"name":2}]})", "Thing.parts[1].name: is no text"},
      {R"({"parts":["b"]})", "Thing.parts[0]: is no object"},
      {R"({"labels":{"x":1}})", "Thing.labels.x: is no text"},
      {R"({"labels":[]})", "Thing.labels: is no object"},
      {R"({"metadata":{"name":"c"}})", "Thing.metadata: has no @type"},
      {R"({"metadata":{"@type":"x.Thing","nmae":"c"}})", "Thing.metadata.nmae: is not in the document"},
      {R"({"metadata":{"@type":"x.Other"}})", "Thing.metadata: there is no schema Other"},
      {R"([])", "Thing: is no object"},
  };
  for (const auto& [value, reason] : faulty) {
    CAPTURE(value);
    CAPTURE(thing(value));
    CHECK(blames(thing(value), reason));
  }
  CHECK(blames(small().faults("Nothing", Json::object(), Side::answer), "Nothing: there is no schema"));
}

TEST_CASE("a request is refused that sets what is output only or leaves out what is required") {
  const Json made = {{"made", "today"}};
  CHECK(blames(small().faults("Thing", made, Side::request), "Thing.made: is output only"));
  CHECK(blames(small().faults("Thing", made, Side::change), "Thing.made: is output only"));
  CHECK(blames(small().faults("Order", Json::object(), Side::request), "Order.title: is required"));
  CHECK(small().faults("Order", Json::object(), Side::change) == "");
  CHECK(small().faults("Order", Json::object(), Side::answer) == "");
}

TEST_CASE("a method is found by its path, and no other") {
  REQUIRE(small().method("GET", "/v1beta/things/a-1") != nullptr);
  CHECK(small().method("GET", "/v1beta/things/a-1")->answer == "Thing");
  CHECK(small().method("GET", "/v1beta/things/a-1")->request == "");
  REQUIRE(small().method("POST", "/v1beta/things/a:turn") != nullptr);
  CHECK(small().method("POST", "/v1beta/things/a:turn")->request == "Thing");
  for (const char* path : {"/v1beta/things", "/v1beta/things/a/b", "/v1beta/things/a:turn", "/things/a"})
    CHECK(small().method("GET", path) == nullptr);
}

TEST_CASE("an exchange is refused for its path, its status, its content type and either of its bodies") {
  sandbox::Exchange good;
  good.method = "POST";
  good.path = "/v1beta/things/a:turn";
  good.request_body = R"({"name":"a"})";
  good.status = 200;
  good.content_type = "application/json; charset=UTF-8";
  good.answer_body = "{}\n";
  CHECK(exchange_faults(small(), good) == "");
  const auto with = [&good](auto change) {
    sandbox::Exchange exchange = good;
    change(exchange);
    return exchange_faults(small(), exchange);
  };
  using E = sandbox::Exchange;
  CHECK(with([](E& e) { e.path = "/v1beta/things/a:other"; }) != "");
  CHECK(with([](E& e) { e.method = "PUT"; }) != "");
  CHECK(with([](E& e) { e.request_body = R"({"nmae":"a"})"; }) != "");
  CHECK(with([](E& e) { e.request_body = ""; }) != "");
  CHECK(with([](E& e) { e.content_type = "text/html"; }) != "");
  CHECK(with([](E& e) { e.answer_body = ""; }) != "");
  CHECK(with([](E& e) { e.answer_body = R"({"name":"a"})"; }) != "");
  CHECK(with([](E& e) { e.answer_body = "no JSON"; }) != "");
  const auto refused = [&with](int status, const char* body) {
    return with([&](E& e) { e.status = status, e.answer_body = body; });
  };
  CHECK(refused(404, R"({"error":{"code":404,"message":"no","status":"NOT_FOUND"}})") == "");
  CHECK(refused(503, "") == "");
  CHECK(refused(404, R"({"error":{"code":400,"message":"no","status":"NOT_FOUND"}})") != "");
  CHECK(refused(404, R"({"error":{"code":404,"status":"GONE"}})") != "");
  CHECK(refused(404, R"({"code":404})") != "");
  CHECK(refused(429, R"({"error":{"code":429,"details":[{"@type":"x.RetryInfo","retryDelay":28}]}})") != "");
  CHECK(with([](E& e) { e.method = "GET", e.path = "/v1beta/things/a", e.answer_body = "{}"; }) != "");  // with a body
}

TEST_CASE("no exception is for something that the document has, and each is for a schema that it has") {
  const Discovery* document = Discovery::beside_the_project();
  if (document == nullptr) return;
  std::set<std::string> seen;
  for (const Exception& exception : exceptions()) {
    CAPTURE(exception.schema);
    CAPTURE(exception.member);
    CHECK(seen.insert(std::string(exception.schema) + "." + exception.member).second);
    REQUIRE(document->schema(exception.schema).contains("properties"));
    const Json& members = document->schema(exception.schema)["properties"];
    const bool listed = members.contains(exception.member);
    CHECK(listed == (exception.kind != Exception::Kind::unlisted));
    if (exception.kind == Exception::Kind::omitted)
      CHECK(members[exception.member].value("description", "").compare(0, 9, "Required.") == 0);
    if (exception.kind == Exception::Kind::sent) CHECK(members[exception.member].value("readOnly", false));
  }
}

TEST_CASE("what the supplement has, the document has not") {
  const Discovery* document = Discovery::beside_the_project();
  if (document == nullptr) return;
  const auto path = beside("gemini-api/discovery.json", "");
  const Json schemas = Json::parse(std::ifstream(*path)).at("components").at("schemas");
  for (const auto& [name, schema] : supplement().items()) CHECK_FALSE(schemas.contains(name));
}

TEST_CASE("nothing in the document's schemas is of a kind that the judge does not know") {
  const auto path = beside("gemini-api/discovery.json", "the kinds of the document");
  if (!path) return;
  const std::set<std::string> known = {"description",
                                       "type",
                                       "$ref",
                                       "properties",
                                       "format",
                                       "readOnly",
                                       "items",
                                       "enum",
                                       "additionalProperties",
                                       "deprecated",
                                       "x-enum-descriptions",
                                       "enumDeprecated"};
  const Json document = Json::parse(std::ifstream(*path));
  const std::function<void(const Json&)> look = [&](const Json& schema) {
    for (const auto& [word, of] : schema.items()) {
      CAPTURE(schema.dump());
      CHECK(known.contains(word));
      if (word == "properties")
        for (const auto& [member, inner] : of.items()) look(inner);
      if (word == "items" || word == "additionalProperties") look(of);
    }
  };
  for (const auto& [name, schema] : document.at("components").at("schemas").items()) look(schema);
}
