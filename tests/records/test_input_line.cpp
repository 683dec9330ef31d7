#include "records/input_line.hpp"

#include <nlohmann/json.hpp>

#include "fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

std::string fault_of(std::string_view line, std::optional<LineFormat> format = std::nullopt) {
  InputLineParser parser;
  const Padded padded(line);
  const auto parsed = parser.parse(padded, format);
  return parsed ? "" : parsed.error().what;
}

std::string key_of(std::string_view line) {
  InputLineParser parser;
  const Padded padded(line);
  CHECK(parser.parse(padded, std::nullopt));
  return std::string(parser.raw_user_key());
}

}  // namespace

TEST_CASE("the format is told by the members of the line") {
  InputLineParser parser;
  const Padded gemini(R"({"key":"a","request":{"contents":[]}})"), bare(R"({"request":{"contents":[{}]}})"),
      question(R"({"question":"q"})"), prompt(R"({"prompt":"q","request":"text"})"),
      both(R"({"question":"q","request":{"contents":[]}})");
  CHECK(parser.parse(gemini, std::nullopt).value().format == LineFormat::gemini);
  CHECK(parser.parse(bare, std::nullopt).value().request == R"({"contents":[{}]})");
  CHECK(parser.parse(question, std::nullopt).value().format == LineFormat::qa);
  CHECK(parser.parse(prompt, std::nullopt).value().format == LineFormat::qa);
  CHECK(parser.parse(both, std::nullopt).value().format == LineFormat::gemini);
  CHECK(parser.parse(both, LineFormat::qa).value().question == "q");
}

TEST_CASE("a line that is no JSON says what is wrong and where") {
  CHECK(fault_of(R"({"question":"q")") == "not valid JSON: the line ends too early");
  CHECK(fault_of("{\"question\":'q'}") == "not valid JSON: invalid literal (column 13)");
  CHECK(contains(fault_of(R"({"question":"q"} x)"), "not valid JSON: "));
  CHECK(contains(fault_of(R"({"question":"q"}{"question":"q"})"), "(column 17)"));
  CHECK(contains(fault_of(R"({"question":"q",})"), "(column 17)"));
  CHECK(contains(fault_of("{\"question\":\"a\tb\"}"), "control character"));
  CHECK(contains(fault_of(std::string_view("{\"question\":\"a\0b\"}", 18)), "control character"));
  CHECK(contains(fault_of("{\"question\":\"a\xff\"}"), "ill-formed UTF-8"));
  CHECK(contains(fault_of("{\"question\":\"a\xed\xa0\x80\"}"), "ill-formed UTF-8"));
  CHECK(contains(fault_of("\xef\xbb\xbf{\"question\":\"a\"}"), "not valid JSON"));
  CHECK(contains(fault_of(R"({"question":"\x"})"), "not valid JSON"));
  CHECK(contains(fault_of(R"({"question":"q","n":01})"), "not valid JSON"));
  CHECK(fault_of(R"({"question":"q","n":123456789012345678901234567890})") ==
        "not valid JSON: a number that does not fit into 64 bits; write it as a string");
  CHECK(contains(fault_of(R"({"question":"q","deep":)" + std::string(2000, '[') + std::string(2000, ']') + "}"),
                 "too deep"));
}

TEST_CASE("half of a surrogate pair is refused wherever it stands") {
  CHECK(fault_of(R"({"question":"a\ud800b"})") == R"(\ud800 is half of a surrogate pair, no character (column 15))");
  CHECK(contains(fault_of(R"({"question":"a\udc00b"})"), "half of a surrogate pair"));
  CHECK(contains(fault_of(R"({"request":{"contents":["\ud83d\u0041"]}})"), "half of a surrogate pair"));
  CHECK(fault_of(R"({"question":"\ud83d\ude00"})").empty());
}

TEST_CASE("a line that is JSON but no record says what was found and what is expected") {
  CHECK(fault_of("[1]") == "a JSON object is expected, found an array");
  CHECK(fault_of("\"text\"") == "a JSON object is expected, found a string");
  CHECK(contains(fault_of("{}"), "found no members; expected {\"id\""));
  CHECK(contains(fault_of(R"({"text":"q","label":1})"),
                 "found \"text\", \"label\"; expected {\"id\":…,\"question\":\"…\"}"));
  CHECK(fault_of(R"({"request":"text"})") == "\"request\" must be an object, found a string");
  CHECK(fault_of(R"({"question":5})") == "\"question\" must be a string, found a number");
  CHECK(fault_of(R"({"question":"q","context":["a"]})") == "\"context\" must be a string, found an array");
  CHECK(contains(fault_of(R"({"question":" \n"})"), "the question is empty"));
  CHECK(contains(fault_of(R"({"question":null,"input":"x"})"), "the question is empty"));
  CHECK(fault_of(R"({"question":"a","question":"b"})") == "\"question\" is there twice");
  CHECK(fault_of(R"({"id":1,"question":"a","\u0069d":2})") == "\"id\" is there twice");
  CHECK(contains(fault_of(R"({"id":1})", LineFormat::qa),
                 "no \"question\", \"prompt\" or \"instruction\": found \"id\""));
  CHECK(contains(fault_of(R"({"request":{"contents":[]}})", LineFormat::qa),
                 "a gemini line (\"request\") among qa lines"));
}

TEST_CASE("a gemini line must have the shape the service reads") {
  CHECK(contains(fault_of(R"({"question":"q"})", LineFormat::gemini), "a qa line (\"question\") among gemini lines"));
  CHECK(contains(fault_of(R"({"body":{}})", LineFormat::gemini), "no \"request\" object: found \"body\""));
  CHECK(fault_of(R"({"request":[]})", LineFormat::gemini) == "\"request\" must be an object, found an array");
  CHECK(fault_of(R"({"request":{}})") == "\"request\" has no \"contents\": found no members");
  CHECK(contains(fault_of(R"({"request":{"contents":"q"}})"),
                 "\"contents\" must be an array (the REST shape), found a string"));
  CHECK(contains(fault_of(R"({"request":{"contents":[],"config":{}}})"), "use \"generationConfig\""));
  CHECK(fault_of(R"({"request":{"content":{"parts":[]}}})").empty());
}

TEST_CASE("the user's key is kept as its raw JSON: id, else key, else custom_id") {
  CHECK(key_of(R"({"question":"q","id": "a\u00e9\"" })") == R"("a\u00e9\"")");
  CHECK(key_of(R"({"question":"q","id":1.50})") == "1.50");
  CHECK(key_of(R"({"custom_id":"c","key":"k","question":"q"})") == "\"k\"");
  CHECK(key_of(R"({"custom_id":"c","question":"q"})") == "\"c\"");
  CHECK(key_of(R"({"id":null,"key":7,"question":"q"})") == "7");
  CHECK(key_of(R"({"id":{"a":1},"question":"q"})").empty());
  CHECK(key_of(R"({"question":"q"})").empty());
}

TEST_CASE("a generation config is a JSON object or a usage error") {
  CHECK(checked_json_object(" { \"temperature\" : 0.50 } ", "--x") == "{\"temperature\":0.50}");
  for (const char* text : {"", "{", "[]", "1", "{\"a\":1}}", "{\"a\":\"\\ud800\"}"}) {
    CAPTURE(text);
    const Fatal fatal = fatal_of([&] { checked_json_object(text, "--generation-config"); });
    CHECK(fatal.exit() == ExitCode::usage);
    CHECK(contains(fatal.what(), "--generation-config: "));
  }
}
