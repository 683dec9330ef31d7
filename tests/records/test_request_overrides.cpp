#include "records/request_overrides.hpp"

#include "fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

template <class Fill>
Overrides made(Fill fill) {
  Overrides overrides;
  fill(overrides);
  return overrides;
}

std::string with(const Overrides& overrides, const std::string& request) {
  std::string out;
  RequestOverrides(overrides).append(out, "{\"key\":\"r7\",\"request\":" + request + "}\n");
  const std::string front = "{\"key\":\"r7\",\"request\":", back = "}\n";
  REQUIRE(out.starts_with(front));
  REQUIRE(out.ends_with(back));
  return out.substr(front.size(), out.size() - front.size() - back.size());
}

const std::string kContents = R"("contents":[{"role":"user","parts":[{"text":"a \"}]{ b"}]}])";

}  // namespace

TEST_CASE("what nothing is said about keeps its bytes") {
  const std::string request =
      "{" + kContents + R"(,"safety_settings" : [ 1.50 , 1e400 ],"generation_config":{"topP":0.10}})";
  CHECK(with(made([](Overrides& o) { o.model = "other"; }), request) ==
        "{" + kContents + R"(,"safety_settings":[ 1.50 , 1e400 ],"generation_config":{"topP":0.10}})");
  CHECK(RequestOverrides({}).change_nothing());
  CHECK(RequestOverrides(made([](Overrides& o) { o.prompt = "x"; })).change_nothing());
  CHECK_FALSE(RequestOverrides(made([](Overrides& o) { o.model = "x"; })).change_nothing());
}

TEST_CASE("a generation config goes before the request's own, member by member and under both names") {
  const Overrides overrides =
      made([](Overrides& o) { o.generation_config = R"({"temperature": 1, "maxOutputTokens":9})"; });
  CHECK(with(overrides, "{" + kContents + R"(,"generationConfig":{"temperature":0,"max_output_tokens":5,"seed":3}})") ==
        "{" + kContents + R"(,"generationConfig":{"seed":3,"temperature":1,"maxOutputTokens":9}})");
  CHECK(with(overrides, "{" + kContents + "}") ==
        "{" + kContents + R"(,"generationConfig":{"temperature":1,"maxOutputTokens":9}})");
  CHECK(with(overrides, "{" + kContents + R"(,"generation_config":null})") ==
        "{" + kContents + R"(,"generation_config":{"temperature":1,"maxOutputTokens":9}})");
  CHECK(fatal_of([] { RequestOverrides(made([](Overrides& o) { o.generation_config = "[1]"; })); }).exit() ==
        ExitCode::usage);
}

TEST_CASE("more room is made where a request limits its answer, and never more than a model has") {
  Overrides overrides;
  overrides.output_factor = 4;
  const auto room = [&](const std::string& value) {
    const std::string front = "{" + kContents + R"(,"generationConfig":{"maxOutputTokens":)";
    const std::string request = with(overrides, front + value + "}}");
    REQUIRE(request.starts_with(front));
    return request.substr(front.size(), request.size() - front.size() - 2);
  };
  CHECK(room("100") == "400");
  CHECK(room("\"100\"") == "400");
  CHECK(room("60000") == "65536");
  CHECK(room("65536") == "65536");
  CHECK(room("9223372036854775807") == "9223372036854775807");
  CHECK(room("null") == "null");
  CHECK(with(overrides, "{" + kContents + "}") == "{" + kContents + "}");
}

TEST_CASE("a system instruction stands in place of the request's, a note behind all messages, and a model drops its") {
  const Overrides overrides = made([](Overrides& o) {
    o.model = "m";
    o.system = "be \"brief\"";
    o.note = "again";
  });
  CHECK(
      with(overrides, R"({"model":"models/old","system_instruction":{"parts":[{"text":"old"}]},)" + kContents + "}") ==
      "{" + kContents.substr(0, kContents.size() - 1) + R"(,{"role":"user","parts":[{"text":"again"}]}],)" +
          R"("systemInstruction":{"parts":[{"text":"be \"brief\""}]}})");
}

TEST_CASE("what a person gives goes before what fits, member by member") {
  const Overrides fit = made([](Overrides& o) {
    o.generation_config = R"({"thinkingConfig":{"thinkingBudget":512},"topK":1})";
    o.output_factor = 4;
  });
  const Overrides given = made([](Overrides& o) {
    o.model = "m";
    o.generation_config = R"({"thinking_config":{"thinkingBudget":0},"seed":1})";
  });
  const Overrides both = laid_over(fit, given);
  CHECK(both.model == "m");
  CHECK(both.output_factor == 4);
  CHECK(both.generation_config == R"({"thinking_config":{"thinkingBudget":0},"seed":1,"topK":1})");
  CHECK(laid_over(fit, {}) == fit);
  CHECK(laid_over({}, given).generation_config == given.generation_config);
}
