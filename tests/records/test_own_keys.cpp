#include "records/own_keys.hpp"

#include "fixture.hpp"
#include "records/results.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

struct Lines {
  TempDir dir;
  std::vector<Input> inputs;
  std::vector<Span> spans;
  Settings settings;

  Lines(const std::string& text, std::int64_t records, const std::string& format) {
    Input input;
    input.path = dir.write("in.jsonl", text);
    input.shown_path = "in.jsonl";
    inputs.push_back(input);
    spans.push_back({10, records, 1, 0, 0, text.size()});
    settings.format = format;
  }
  OwnKeys keys() const { return {spans, inputs, settings}; }
};

}  // namespace

TEST_CASE("records are named by id, key or custom_id, unescaped, a number by its digits") {
  const OwnKeys keys =
      Lines("{\"id\":\"q\\u00e9\",\"question\":\"a\"}\n{\"id\":12,\"question\":\"b\"}\n", 2, "qa").keys();
  CHECK(!keys.fault());
  CHECK(keys.record_of("q\xc3\xa9") == 10);
  CHECK(keys.record_of("12") == 11);
  CHECK(keys.record_of("r10") == std::nullopt);
}

TEST_CASE("a native line is named by its key, whatever else it is called for people") {
  Lines lines(R"({"id":"for people","key":"k1","request":{"contents":[]}})"
              "\n",
              1, "gemini");
  CHECK(lines.keys().record_of("k1") == 10);
  CHECK(lines.keys().record_of("for people") == std::nullopt);
  lines.settings.key_field = "id";
  CHECK(lines.keys().record_of("k1") == 10);
}

TEST_CASE("records without a key, or with the same, are a fault") {
  CHECK(Lines("{\"question\":\"a\"}\n", 1, "qa").keys().fault() == "record 10 has no key");
  CHECK(Lines("{\"id\":1,\"question\":\"a\"}\n{\"id\":\"1\",\"question\":\"b\"}\n", 2, "qa").keys().fault() ==
        "records 10 and 11 have the same key \"1\"");
}

TEST_CASE("a result of such lines is judged by their keys, and a wire key is then unknown") {
  const Lines lines("{\"id\":\"b\",\"question\":\"1\"}\n{\"id\":\"a\",\"question\":\"2\"}\n", 2, "qa");
  const OwnKeys keys = lines.keys();
  const auto answer = [](const std::string& key) {
    return R"({"response":{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]},"key":")" + key +
           "\"}\n";
  };
  const std::string raw = lines.dir.write("raw", answer("a") + answer("r10"));
  const ReadResult result = read_result(raw, lines.spans, {}, nullptr, &keys);
  CHECK(result.summary.ok == 1);
  CHECK(result.summary.unknown_keys == 1);
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems[0].record == 10);
}
