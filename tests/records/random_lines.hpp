// Seeded lines of input that are valid but awkward: unicode, escapes, odd spacing, all members in any order.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace batchctl::test {

class RandomLines {
 public:
  explicit RandomLines(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

  /// The inside of a JSON string.
  std::string text(std::size_t pieces) {
    constexpr std::array<std::string_view, 18> kPieces = {
        "plain words ",     "\\n",          "\\\"",    "\\\\", "\\/",      "\\u00e9",
        "\\ud83d\\ude00",   "\\u0000",      "\\u001f", "\\t",  "\xc3\xa9", "\xe6\xbc\xa2\xe5\xad\x97",
        "\xf0\x9f\x98\x80", "\xe2\x80\xa8", "{",       "}",    "[\\\",",   "x"};
    std::string out;
    for (std::size_t i = 0; i < pieces; ++i) out += kPieces[below(kPieces.size())];
    return out;
  }

  std::string qa_line() {
    std::string line =
        "{" + gap() + "\"id\":" + gap() + (below(2) == 0 ? std::to_string(below(1000)) : "\"k" + text(2) + "\"");
    if (below(3) == 0) line += member("context");
    if (below(5) == 0)
      line += ",\"context\":null" + std::string(line.find("\"context\"") == std::string::npos ? "" : "x");
    if (line.ends_with("x")) line.erase(line.rfind(",\"context\""));
    line += member(below(4) == 0 ? "prompt" : "question");
    if (below(3) == 0) line += member("instruction") + member("input");
    if (below(3) == 0) line += R"(,"meta":{"a":[1,2.5e3,{"question":"no"}],"b":null})";
    return line + gap() + "}";
  }

  std::string gemini_line() {
    std::string request =
        "{" + gap() + R"("contents":[{"parts":[{"text":")" + text(1 + below(8)) + "\"}" + gap() + "]}]";
    if (below(2) == 0) request += R"(, "generationConfig" : {"temperature":0.10, "stopSequences":["}"]})";
    request += gap() + "}";
    std::string line = "{";
    if (below(2) == 0) line += "\"key\":\"" + text(2) + "\"," + gap();
    line += (below(3) == 0 ? "\"re\\u0071uest\":" : "\"request\":") + gap() + request;
    if (below(2) == 0) line += gap() + ",\"meta\":[{}]";
    return line + "}";
  }

 private:
  std::string gap() { return std::string(below(3), below(2) == 0 ? ' ' : '\t'); }
  std::string member(std::string_view name) {
    return "," + gap() + "\"" + std::string(name) + "\"" + gap() + ":\"a" + text(below(9)) + "\"";
  }

  std::mt19937_64 engine_;
};

}  // namespace batchctl::test
