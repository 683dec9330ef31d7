#include <doctest/doctest.h>

#include "plan/catalogue.hpp"
#include "plan/printed_models.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

Instant on(const char* day) { return parse_rfc3339(std::string(day) + "T12:00:00Z").value(); }

}  // namespace

TEST_CASE("a model is found with and without its prefix, and an unknown one is not") {
  const Catalogue& all = printed_catalogue();
  REQUIRE(all.find("gemini-3.6-flash") != nullptr);
  CHECK(all.find("models/gemini-3.6-flash") == all.find("gemini-3.6-flash"));
  CHECK(all.find("gemini-unheard-of") == nullptr);
  CHECK(all.price("gemini-unheard-of", on("2026-11-26")) == nullptr);
}

TEST_CASE("a price holds from its day on") {
  const Catalogue& all = printed_catalogue();
  CHECK(all.price("gemini-3.8-flash", on("2026-12-31"))->batch == Price{0.375, 1.875});
  CHECK(all.price("gemini-3.8-flash", on("2027-01-01"))->batch == Price{0.75, 3.75});
}

TEST_CASE("every printed figure has a page and a date, and batch is half of the standard price") {
  for (const PrintedPrice& row : kPrintedPrices) {
    CAPTURE(row.model);
    CHECK(printed_catalogue().find(row.model) != nullptr);
    CHECK_FALSE(row.source.page.empty());
    CHECK(row.source.date.size() >= 7);
    CHECK_FALSE(row.basis.empty());
    CHECK(row.batch_input * 2 == doctest::Approx(row.standard_input));
    CHECK(row.batch_output * 2 == doctest::Approx(row.standard_output));
  }
  for (const PrintedModel& row : kPrintedModels) {
    CAPTURE(row.model);
    CHECK(row.tokens_source.date.size() >= 7);
    if (row.state == ModelState::retired) CHECK_FALSE(row.ends.empty());
    for (std::size_t tier = 1; tier < row.tokens.size(); ++tier)
      if (row.tokens[tier] > 0) CHECK(row.tokens[tier] >= row.tokens[tier - 1]);
  }
}

TEST_CASE("a deprecated model is retired from its last day on") {
  const ModelFacts& facts = *printed_catalogue().find("gemini-2.5-flash");
  CHECK(Catalogue::state_of(facts, on("2026-11-30")) == ModelState::deprecated);
  CHECK(Catalogue::state_of(facts, on("2026-12-01")) == ModelState::retired);
}

TEST_CASE("what is put takes the place of what was there") {
  Catalogue mine = printed_catalogue();
  ModelFacts facts = *mine.find("gemini-2.5-flash");
  facts.tokens[0] = 7;
  mine.put(facts);
  CHECK(mine.token_limit("gemini-2.5-flash", 1) == 7);
  CHECK(mine.token_limit("gemini-2.5-flash", 2) == 400'000'000);
  CHECK(printed_catalogue().token_limit("gemini-2.5-flash", 1) == 3'000'000);
}
