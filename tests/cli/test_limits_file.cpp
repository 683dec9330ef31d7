#include "cli/limits_file.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace batchctl;

namespace {

const Instant kNow = from_unix_ms(1'795'400'000'000);

std::string refusal(const std::string& json) {
  try {
    cli::catalogue_with(json, "my/limits.json");
  } catch (const Fatal& refused) {
    CHECK(refused.exit() == ExitCode::usage);
    CHECK(refused.code() == "limits_file");
    CHECK(std::string(refused.what()).find("my/limits.json") != std::string::npos);
    return refused.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what a limits file gives takes the place of what is compiled in, the rest stays") {
  const plan::Catalogue all = cli::catalogue_with(R"({"models":{"gemini-2.5-flash":{
      "batch_price_usd_per_1m":{"input":0.1,"output":1,"cached":0.01},
      "enqueued_tokens":{"tier2":5},"date":"2026-11-20","source":"our contract"}}})",
                                                  "l.json");
  const plan::PriceFacts* price = all.price("gemini-2.5-flash", kNow);
  REQUIRE(price != nullptr);
  CHECK(price->batch == plan::Price{0.1, 1, 0.01});
  CHECK(price->standard == plan::Price{0.2, 2, 0.02});
  CHECK(price->source == plan::Source{"our contract", "2026-11-20", "limits file"});
  CHECK(all.token_limit("gemini-2.5-flash", 1) == 3'000'000);
  CHECK(all.token_limit("gemini-2.5-flash", 2) == 5);
  CHECK(all.find("gemini-2.5-flash")->max_output == 65'536);
  CHECK(all.find("gemini-2.5-flash")->life.state == plan::ModelState::deprecated);
}

TEST_CASE("a model that is not compiled in is known by the file alone, and batch is half of standard") {
  const plan::Catalogue all = cli::catalogue_with(
      R"({"models":{"models/gemini-x":{"standard_price_usd_per_1m":{"input":1,"output":2},"max_output_tokens":99,
          "state":"retired","ends":"2026-01-01"}}})",
      "l.json");
  REQUIRE(all.find("gemini-x") != nullptr);
  CHECK(all.price("gemini-x", kNow)->batch == plan::Price{0.5, 1});
  CHECK(all.price("gemini-x", kNow)->source.page == "l.json");
  CHECK(all.find("gemini-x")->max_output == 99);
  CHECK(plan::Catalogue::state_of(*all.find("gemini-x"), kNow) == plan::ModelState::retired);
}

TEST_CASE("an empty file changes nothing") {
  CHECK(cli::catalogue_with("{}", "l.json").token_limit("gemini-2.5-flash", 1) == 3'000'000);
}

TEST_CASE("what is wrong in a limits file is named by file, member and line") {
  CHECK(has(refusal("{\n\"models\": {\n oops"), "line 3"));
  CHECK(has(refusal("[]"), "object"));
  CHECK(has(refusal(R"({"model":{}})"), "did you mean \"models\"?"));
  CHECK(has(refusal(R"({"models":{"m":{"batch_price_usd_per_1m":{"imput":1}}}})"),
            "/models/m/batch_price_usd_per_1m: \"imput\" is not known; did you mean \"input\"?"));
  CHECK(has(refusal(R"({"models":{"m":{"colour":1}}})"), "known are batch_price_usd_per_1m, "));
  CHECK(has(refusal(R"({"models":{"m":{"batch_price_usd_per_1m":{"input":"1","output":2}}}})"), "/input: a price"));
  CHECK(has(refusal(R"({"models":{"m":{"batch_price_usd_per_1m":{"input":-1,"output":2}}}})"), "/input: a price"));
  CHECK(has(refusal(R"({"models":{"m":{"batch_price_usd_per_1m":{"input":1}}}})"), "\"input\" and \"output\""));
  CHECK(has(refusal(R"({"models":{"m":{"enqueued_tokens":{"tier1":0}}}})"), "/enqueued_tokens/tier1: a whole number"));
  CHECK(has(refusal(R"({"models":{"m":{"enqueued_tokens":{"tier4":1}}}})"), "did you mean"));
  CHECK(has(refusal(R"({"models":{"m":{"max_output_tokens":1.5}}})"), "a whole number"));
  CHECK(has(refusal(R"({"models":{"m":{"state":"gone"}}})"), "/state: \"gone\" is none of current, preview"));
  CHECK(has(refusal(R"({"models":{"m":{"ends":"soon"}}})"), "\"soon\" is not a date"));
  CHECK(has(refusal(R"({"models":{"m":{"source":1}}})"), "/source: a string"));
  CHECK(has(refusal(R"({"models":{"m":3}})"), "/models/m: a JSON object"));
}

TEST_CASE("a limits file that is not there is named") {
  CHECK_THROWS_AS(cli::read_limits_file("/nowhere/limits.json"), Fatal);
}
