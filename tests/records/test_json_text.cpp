#include "records/json_text.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "random_lines.hpp"

using namespace batchctl;
using batchctl::test::RandomLines;

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("what is escaped reads as the same text, wherever the special character stands") {
  for (std::size_t length = 0; length < 20; ++length)
    for (std::size_t at = 0; at < length; ++at)
      for (int byte = 0; byte < 128; ++byte) {
        std::string text(length, 'x');
        text[at] = static_cast<char>(byte);
        REQUIRE(nlohmann::json::parse(escaped(text)).get<std::string>() == text);
      }
}

TEST_CASE("only quotes, backslashes and control characters are escaped") {
  CHECK(escaped("a\"b\\c/d\n\r\t\b\f") == R"("a\"b\\c/d\n\r\t\b\f")");
  CHECK(escaped(std::string("\0\x1f\x7f", 3)) == "\"\\u0000\\u001f\x7f\"");
  CHECK(escaped("é漢😀") == "\"é漢😀\"");
}

TEST_CASE("raw members are the bytes as they stand") {
  RawMembers members(R"(  { "a" : 1.50 , "b\"}":{"x":["]}\\",{}]} ,"c":"q\\\"," , "d":[1 ,2],"e":null }  )");
  std::vector<std::pair<std::string, std::string>> seen;
  while (members.next()) seen.emplace_back(members.name(), members.value());
  REQUIRE(seen.size() == 5);
  CHECK(seen[0] == std::pair<std::string, std::string>{"\"a\"", "1.50"});
  CHECK(seen[1] == std::pair<std::string, std::string>{R"("b\"}")", R"({"x":["]}\\",{}]})"});
  CHECK(seen[2].second == R"("q\\\",")");
  CHECK(seen[3].second == "[1 ,2]");
  CHECK(seen[4].second == "null");
  CHECK(raw_member_value(R"({"a":1,"b":2})", 1) == "2");
  CHECK(raw_member_value(R"({"a":1,"b":2})", 2).empty());
  CHECK(raw_member_value("{ }", 0).empty());
}

TEST_CASE("raw members of random lines are what a parser sees") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    RandomLines random(seed);
    const std::string line = seed % 2 == 0 ? random.qa_line() : random.gemini_line();
    const auto parsed = nlohmann::ordered_json::parse(line);
    RawMembers members(line);
    for (const auto& [name, value] : parsed.items()) {
      REQUIRE(members.next());
      CHECK(nlohmann::json::parse(members.name()) == name);
      CHECK(nlohmann::ordered_json::parse(members.value()) == value);
    }
    CHECK(!members.next());
    CHECK(nlohmann::ordered_json::parse(minified_json(line)) == parsed);
  }
}

TEST_CASE("minifying keeps white space in strings and the form of numbers") {
  CHECK(minified_json(" { \"a b\" : [ 1.50 , \"x \\\" y\" ] ,\n\t\"c\":\r1e3 } ") ==
        R"({"a b":[1.50,"x \" y"],"c":1e3})");
}

TEST_CASE("halves of surrogate pairs are found, whole pairs and escaped backslashes are not") {
  CHECK(find_lone_surrogate(R"("x\ud800")") == 2U);
  CHECK(find_lone_surrogate(R"("\udc00\ud800")") == 1U);
  CHECK(find_lone_surrogate(R"("\ud83d\ude00\uD83D")") == 13U);
  CHECK(find_lone_surrogate(R"("\ud83d\u0041")") == 1U);
  CHECK(!find_lone_surrogate(R"("\ud83d\ude00 \uD83D\uDE00")"));
  CHECK(!find_lone_surrogate(R"("\\ud800 \\\\udc00")"));
  CHECK(find_lone_surrogate(R"("\\\ud800")") == 3U);
  CHECK(!find_lone_surrogate("\\"));
  CHECK(!find_lone_surrogate("\\u"));
  CHECK(find_lone_surrogate("\\ud800\\u") == 0U);
  CHECK(without_lone_surrogates(R"("a\ud800b\ud83d\ude00\udfff")") == R"("a\ufffdb\ud83d\ude00\ufffd")");
}

TEST_CASE("escaping and looking for surrogates see every place of a long text") {
  const auto escaped_by_hand = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      if (c == '\n')
        out += "\\n";
      else if (c == '\x01')
        out += "\\u0001";
      else
        out += c;
    }
    return out;
  };
  for (std::size_t at = 0; at < 2100; ++at) {
    for (const char c : {'"', '\\', '\n', '\x01'}) {
      std::string text(2100, 'a');
      text[at] = c;
      text[at / 2] = c;
      std::string out;
      append_json_escaped(out, text);
      if (out != escaped_by_hand(text)) FAIL("at " << at);
    }
  }
  for (std::size_t at = 0; at + 6 <= 8300; at += at % 4096 > 8 && at % 4096 < 4080 ? 61U : 1U) {
    std::string text(8300, 'a');
    text.replace(at, 6, R"(\udC00)");
    if (find_lone_surrogate(text) != at) FAIL("at " << at);
    text.replace(at, 6, R"(\\dC00)");
    if (find_lone_surrogate(text)) FAIL("at " << at);
  }
}
