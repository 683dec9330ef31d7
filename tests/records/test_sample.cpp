// The few records that the service is asked about.
#include "records/sample.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "records/fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;
using nlohmann::json;

TEST_CASE("a small input is one sample of all its contents, with our own estimate of them") {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {"{\"question\":\"abcd\"}\n{\"question\":\"efgh\",\"context\":\"1\"}\n"});
  Settings settings;
  settings.system = "not counted: it is no part of the sample";
  const auto samples = take_samples(inputs, settings, 3);
  REQUIRE(samples.size() == 1);
  const json request = json::parse(samples[0].request);
  REQUIRE(request.at("contents").size() == 2);
  CHECK(request.at("contents").at(0).at("parts").at(0).at("text") == "abcd");
  CHECK(request.at("contents").at(1).at("parts").at(0).at("text") == "1\n\nefgh");
  CHECK(samples[0].estimated == 3);
}

TEST_CASE("a large input is sampled in three places, each of some kilobytes") {
  const TempDir dir;
  std::string lines;
  for (int i = 0; lines.size() < 300'000; ++i)
    lines += "{\"question\":\"number " + std::to_string(i) + " " + std::string(50, 'x') + "\"}\n";
  const auto samples = take_samples(inputs_of(dir, {"{\"question\":\"small\"}\n", lines}), {}, 3);
  REQUIRE(samples.size() == 3);
  std::string before;
  for (const Sample& sample : samples) {
    CHECK(sample.request.size() > 8'000);
    CHECK(sample.request.size() < 10'000);
    CHECK(sample.request != before);
    before = sample.request;
  }
}

TEST_CASE("gemini lines give their contents as they are; lines without any give nothing") {
  const TempDir dir;
  const auto samples = take_samples(
      inputs_of(
          dir,
          {"{\"key\":\"a\",\"request\":{\"contents\":[ {\"parts\":[{\"text\":\"x\"}]} ],\"generationConfig\":{}}}\n"}),
      {}, 3);
  REQUIRE(samples.size() == 1);
  CHECK(json::parse(samples[0].request) == json::parse(R"({"contents":[{"parts":[{"text":"x"}]}]})"));
  CHECK(take_samples(inputs_of(dir, {"{\"key\":\"a\",\"request\":{\"content\":{\"parts\":[]}}}\n"}), {}, 3).empty());
  CHECK(take_samples(inputs_of(dir, {"no JSON\n"}), {}, 3).empty());
}
