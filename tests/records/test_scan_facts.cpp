#include "records/scan_facts.hpp"

#include "fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

ScanFacts facts_of(const std::string& lines, const Settings& settings = {}) {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {lines});
  ScanWatch watch;
  scan(inputs, settings, {}, {}, [](const PlannedChunk&) {}, {.watch = &watch});
  return watch.facts();
}

}  // namespace

TEST_CASE("the largest record is told with its place, and tokens add up") {
  const ScanFacts facts = facts_of(R"({"question":"short"}
{"question":"a much longer question that goes on and on and on"}
{"question":"short too"}
)");
  CHECK(facts.records == 3);
  CHECK(facts.largest_at.line == 2);
  CHECK(facts.largest_tokens > 8);
  CHECK(facts.tokens > facts.largest_tokens);
}

TEST_CASE("equal requests are counted whatever their keys are, and different ones are not") {
  std::string lines;
  for (int i = 0; i < 300; ++i)
    lines += "{\"id\":" + std::to_string(i) + ",\"question\":\"number " + std::to_string(i % 200) + "\"}\n";
  const ScanFacts facts = facts_of(lines);
  CHECK(facts.compared == 300);
  CHECK(facts.equal == 100);
}

TEST_CASE("texts that differ in one letter anywhere, or in length alone, are not equal") {
  std::string lines;
  const std::string text(200, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = 'y';
    lines += "{\"question\":\"" + other + "\"}\n{\"question\":\"" + text.substr(0, i + 1) + "\"}\n";
  }
  CHECK(facts_of(lines).equal == 0);
}

TEST_CASE("equal records are looked for among the first ones only") {
  std::string lines;
  for (int i = 0; i < 70'000; ++i) lines += "{\"question\":\"q\"}\n";
  const ScanFacts facts = facts_of(lines);
  CHECK(facts.records == 70'000);
  CHECK(facts.compared == 65'536);
  CHECK(facts.equal == 65'535);
}

TEST_CASE("a field that is there and never says anything is told, one that is not there or speaks once is not") {
  const ScanFacts facts = facts_of(R"({"question":"a","context":"","input":""}
{"question":"b","context":null,"input":"x"}
{"question":"c","context":"  "}
)");
  REQUIRE(facts.empty_fields.size() == 1);
  CHECK(facts.empty_fields[0].name == "context");
  CHECK(facts.empty_fields[0].records == 3);
}

TEST_CASE("limits of answers are found where requests carry them") {
  Settings settings;
  SUBCASE("in the settings") {
    settings.generation_config = R"({"temperature":0,"maxOutputTokens": 100})";
    const ScanFacts facts = facts_of("{\"question\":\"a\"}\n{\"question\":\"b\"}\n", settings);
    CHECK(facts.limited == 2);
    CHECK(facts.most_output == 100);
    CHECK(facts.usual_output == 200);
  }
  SUBCASE("in native lines, each its own") {
    const ScanFacts facts = facts_of(
        R"({"request":{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":100}}}
{"request":{"contents":[{"parts":[{"text":"b"}]}],"generation_config":{"max_output_tokens":"9000"}}}
{"request":{"contents":[{"parts":[{"text":"c"}]}]}}
)");
    CHECK(facts.looked_at == 3);
    CHECK(facts.limited == 2);
    CHECK(facts.least_output == 100);
    CHECK(facts.most_output == 9000);
    CHECK(facts.usual_output == 100 + 512 + 512);
  }
}

TEST_CASE("a limit is a member with a number, not a word in a text") {
  CHECK(max_output_tokens(R"({"generationConfig":{"maxOutputTokens" : 7}})") == 7);
  CHECK_FALSE(max_output_tokens(R"({"text":"set \"maxOutputTokens\": 7"})").has_value());
  CHECK_FALSE(max_output_tokens(R"({"text":"maxOutputTokens: 7"})").has_value());
  CHECK_FALSE(max_output_tokens(R"({"properties":{"maxOutputTokens":{"type":"INTEGER"}}})").has_value());
  CHECK(max_output_tokens(R"({"text":"\"maxOutputTokens\": 7","maxOutputTokens":8})") == 8);
  CHECK_FALSE(max_output_tokens("{}").has_value());
}

TEST_CASE("with a template no field is called empty: it may be named there") {
  const std::string lines = "{\"question\":\"\",\"topic\":\"t\"}\n{\"question\":\"\",\"topic\":\"u\"}\n";
  Settings settings;
  settings.prompt = "About {{topic}}";
  CHECK(facts_of(lines, settings).empty_fields.empty());
  CHECK(facts_of(lines, settings).records == 2);
}
