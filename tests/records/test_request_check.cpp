#include "records/request_check.hpp"

#include <simdjson.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "format_cases.hpp"
#include "records/near_words.hpp"

using namespace batchctl;
using namespace batchctl::test;
using Json = nlohmann::json;

namespace {

std::string fault_of(const std::string& request) {
  simdjson::dom::parser parser;
  const simdjson::dom::object object = parser.parse(request);
  const auto wrong = check_request(object, nullptr, request);
  if (!wrong) return {};
  CHECK(!wrong->next.empty());
  return wrong->what;
}

/// Every object in `value` that is no map of free names, with the way back to the whole.
void each_object(Json& value, const std::function<void(Json&)>& act) {
  if (value.is_object()) act(value);
  if (value.is_object() || value.is_array())
    for (auto& [name, inner] : value.items())
      if (name != "args" && name != "properties") each_object(inner, act);
}

const char* const kLarge =
    R"({"contents":[{"role":"user","parts":[{"text":"a"},{"inlineData":{"mimeType":"a/b","data":"QUJD"}}]},
 {"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":1}}}]}],
 "systemInstruction":{"parts":[{"text":"s"}]},
 "safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],
 "tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING"}}}}]}],
 "generationConfig":{"temperature":0,"thinkingConfig":{"thinkingBudget":0},
 "responseSchema":{"type":"ARRAY","items":{"type":"STRING"}}}})";

}  // namespace

TEST_CASE("everything that is made of other formats is a request that the service reads") {
  int judged = 0;
  for (const Json& one : format_cases("good")) {
    if (!limits_in(one).check_requests) continue;
    for (const Json& record : one.at("records")) {
      CHECK_MESSAGE(fault_of(record.at("sent").get<std::string>()) == "", one.at("name").get<std::string>());
      ++judged;
    }
  }
  CHECK(judged > 150);
}

TEST_CASE("an unknown member is noticed wherever it stands, and its column is where its name begins") {
  const Json whole = Json::parse(kLarge);
  REQUIRE(fault_of(whole.dump()) == "");
  std::size_t objects = 0;
  Json counted = whole;
  each_object(counted, [&](Json&) { ++objects; });
  REQUIRE(objects > 15);
  for (std::size_t target = 0; target < objects; ++target) {
    Json changed = whole;
    std::size_t at = 0;
    each_object(changed, [&](Json& object) {
      if (at++ == target) object["zzUnknown"] = 1;
    });
    const std::string text = changed.dump();
    CAPTURE(text);
    const std::string fault = fault_of(text);
    CHECK(contains(fault, "\"zzUnknown\" is no member that the service knows"));
    CHECK(contains(fault, "(column " + std::to_string(text.find("\"zzUnknown\"") + 1) + ")"));
  }
}

TEST_CASE("columns are found behind escapes, spaces and other scripts") {
  CHECK(contains(fault_of(R"({"contents" : [ {"parts":[{"text":"é\"}]{"}]},{"parts": [ ] }]})"),
                 "\"contents\"[1].\"parts\" is empty (column 58)"));
}

TEST_CASE("names in snake_case are the same names") {
  CHECK(camel_case("max_output_tokens") == "maxOutputTokens");
  CHECK(camel_case("topP") == "topP");
  CHECK(camel_case("_x") == "_x");
  CHECK(camel_case("x_") == "x_");
  CHECK(camel_case("a__b") == "a_B");
}

TEST_CASE("a word is near when it differs by a slip, not when it is another") {
  const auto nearest = [](std::string_view misspelt, std::initializer_list<std::string_view> words) {
    NearestWord near(misspelt);
    for (const std::string_view word : words) near.look_at(word);
    return std::string(near.found().value_or("-"));
  };
  CHECK(nearest("temprature", {"topK", "temperature"}) == "temperature");
  CHECK(nearest("max_tokens", {"maxOutputTokens"}) == "-");
  CHECK(nearest("STOP-SEQUENCES", {"stopSequences"}) == "stopSequences");
  CHECK(nearest("tool", {"role", "tools"}) == "tools");
  CHECK(nearest("x", {"id"}) == "-");
  CHECK(nearest(std::string(100'000, 'a'), {"a"}) == "-");
}
