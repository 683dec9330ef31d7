// Damaged lines of every sort: whatever they hold, they are refused or read, and both readers agree on what JSON is.
#include <array>
#include <nlohmann/json.hpp>
#include <random>

#include "fixture.hpp"
#include "format_cases.hpp"
#include "output_lines.hpp"
#include "random_lines.hpp"
#include "records/input_line.hpp"
#include "records/json_text.hpp"
#include "records/record_renderer.hpp"
#include "records/result_line.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

std::string mutated(std::string line, std::mt19937_64& random) {
  constexpr std::string_view kBytes = "\"\\{}[],: u0dD8\x01\xff\xc3nt-.eE\x80";
  for (std::uint64_t changes = 1 + random() % 3; changes > 0 && !line.empty(); --changes) {
    const std::size_t at = random() % line.size();
    switch (random() % 5) {
      case 0:
        line[at] = kBytes[random() % kBytes.size()];
        break;
      case 1:
        line.insert(at, 1, kBytes[random() % kBytes.size()]);
        break;
      case 2:
        line.erase(at, 1 + random() % 4);
        break;
      case 3:
        line.resize(at);
        break;
      default:
        line.insert(at, line.substr(at, random() % 20));
        break;
    }
  }
  return line;
}

}  // namespace

TEST_CASE("damaged input lines are refused, or sent as one valid line") {
  InputLineParser parser;
  int sent = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    std::mt19937_64 random(seed);
    RandomLines lines(seed);
    const std::string line = mutated(seed % 2 == 0 ? lines.qa_line() : lines.gemini_line(), random);
    if (contains(line, "\n")) continue;
    CAPTURE(seed);
    CAPTURE(line);
    const Padded padded(line);
    const auto parsed = parser.parse(padded, std::nullopt);
    if (!parsed) {
      CHECK(!parsed.error().what.empty());
      continue;
    }
    std::string body;
    REQUIRE(!RecordRenderer(Settings{}, parsed.value().format).append(body, parsed.value(), 7));
    REQUIRE(body.find('\n') == body.size() - 1);
    const auto json = nlohmann::json::parse(body, nullptr, false);
    REQUIRE(!json.is_discarded());
    CHECK(json.at("key") == "r7");
    const std::string_view key = parser.raw_user_key();
    CHECK((key.empty() || !nlohmann::json::parse(key, nullptr, false).is_discarded()));
    ++sent;
  }
  CHECK(sent > 1000);
}

TEST_CASE("damaged lines of every kind are refused, or sent as one valid line") {
  InputLineParser parser;
  std::array<int, kLineFormatNames.size()> sent{};
  std::uint64_t seed = 0;
  for (const auto& one : format_cases("good")) {
    const std::string line = one.at("records").at(0).at("input");
    for (int i = 0; i < 500; ++i) {
      std::mt19937_64 random(++seed);
      const std::string damaged = mutated(line, random);
      CAPTURE(seed);
      CAPTURE(damaged);
      const Padded padded(damaged);
      const auto parsed = parser.parse(padded, std::nullopt);
      if (!parsed) {
        CHECK(!parsed.error().what.empty());
        CHECK(!parsed.error().next.empty());
        continue;
      }
      const InputLine& record = parsed.value();
      std::string body;
      RecordRenderer renderer(Settings{}, record.format);
      REQUIRE(!renderer.append(body, record, 7));
      REQUIRE(body.find('\n') == body.size() - 1);
      const auto json = nlohmann::json::parse(body, nullptr, false);
      REQUIRE(!json.is_discarded());
      CHECK(json.at("request").is_object());
      CHECK(renderer.tokens(record, parser) >= 1);
      ++sent[static_cast<std::size_t>(record.format)];
    }
  }
  for (const int count : sent) CHECK(count > 100);
}

TEST_CASE("damaged result lines never end the program, and answers stay valid UTF-8") {
  ResultLineParser parser;
  const std::string whole = answered(3, R"(a\u00e9\ud83d\ude00 \"x\" é)");
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    std::mt19937_64 random(seed);
    const std::string line = mutated(seed % 3 == 0 ? failed(3, 13, "w\\u0041") : whole, random);
    CAPTURE(seed);
    CAPTURE(line);
    const Padded padded(line);
    const ResultLine& seen = parser.parse(padded);
    if (!seen.is_json) continue;
    std::string text = "[";
    append_json_string(text, seen.answer);
    text += ',';
    append_json_string(text, seen.message);
    text += ']';
    REQUIRE(!nlohmann::json::parse(text, nullptr, false).is_discarded());
  }
}
