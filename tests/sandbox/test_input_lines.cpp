#include <doctest/doctest.h>

#include <fstream>

#include "sandbox/input_lines.hpp"
#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

std::string refusal_of(const std::string& text, JobKind kind = JobKind::generate) {
  const ScratchDirectory home;
  const std::string path = home.path() + "/input";
  std::ofstream(path) << text << "\n";
  LineReader reader(path);
  LineParser parser;
  const auto parsed = parser.parse(reader.next().value(), kind);
  return parsed ? "" : parsed.error().text();
}

}  // namespace

TEST_CASE("lines of any length come back as they were written") {
  const ScratchDirectory home;
  const std::string path = home.path() + "/input";
  const std::vector<std::string> wanted = {"short", std::string(3 << 20, 'x'), "", std::string((1 << 20) - 1, 'y'),
                                           "end"};
  {
    std::ofstream file(path);
    for (const auto& one : wanted) file << one << (one == "end" ? "" : "\n");
  }
  LineReader reader(path);
  for (const auto& one : wanted) {
    const auto got = reader.next();
    REQUIRE(got);
    CHECK(*got == one);
  }
  CHECK_FALSE(reader.next());
}

TEST_CASE("a line in the shape of the REST API is taken, in either spelling") {
  CHECK(refusal_of(R"({"key":"a","request":{"contents":[{"parts":[{"text":"Q"}]}],"generationConfig":{}}})") == "");
  CHECK(refusal_of(R"({"request":{"contents":[{}],"system_instruction":{"parts":[{"text":"Q"}]}}})") == "");
}

TEST_CASE("a line that is not of the schema is refused with a column") {
  CHECK(refusal_of("") == "invalid JSON, near column 1: unexpected end of input");
  CHECK(refusal_of("[]") == "invalid JSON, near column 1: unexpected character: '['; expected '{'");
  CHECK(refusal_of(R"({"key":1,"request":{}})") ==
        "invalid JSON, near column 8: unexpected character: '1'; expected '\"'");
  CHECK(refusal_of(R"({"key":"a"})") == "invalid JSON, near column 11: missing field: 'request'");
  CHECK(refusal_of(R"({"request":{"contents":"Q"}})") ==
        "invalid JSON, near column 24: unexpected character: '\"'; expected '['");
  CHECK(refusal_of(R"({"request":{"contents":[{},"Q"]}})") ==
        "invalid JSON, near column 28: unexpected character: '\"'; expected '{'");
  CHECK(refusal_of(R"({"request":{"contents":[{}],"thinking_config":{}}})") ==
        "invalid JSON, near column 29: no such field: 'thinking_config'");
}

TEST_CASE("members that the schema does not know are named at any depth") {
  CHECK(refusal_of(R"({"request":{"contents":[{"parts":[{"txt":"Q"}]}]}})") ==
        "invalid JSON, near column 36: no such field: 'txt'");
  CHECK(refusal_of(R"({"request":{"contents":[{"parts":"Q"}]}})") ==
        "invalid JSON, near column 34: unexpected character: '\"'; expected '['");
  CHECK(refusal_of(R"({"request":{"contents":[{"parts":[{"text":1}]}]}})") ==
        "invalid JSON, near column 43: unexpected character: '1'; expected '\"'");
  CHECK(refusal_of(R"({"request":{"generationConfig":{"max_tokens":1}}})") ==
        "invalid JSON, near column 33: no such field: 'max_tokens'");
  CHECK(refusal_of(R"({"request":{"generationConfig":{"max_output_tokens":1}}})") == "");
  CHECK(refusal_of(R"({"request":{"content":{"role":"user"},"task_type":"CLUSTERING"}})", JobKind::embed) == "");
}

}  // namespace batchctl::sandbox
