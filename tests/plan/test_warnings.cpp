#include <doctest/doctest.h>

#include <algorithm>

#include "plan/warnings.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

/// Nothing to warn of.
WarningFacts quiet() {
  WarningFacts facts;
  facts.model = "gemini-3.6-flash";
  facts.known = printed_catalogue().find(facts.model);
  facts.now = parse_rfc3339("2026-11-26T00:00:00Z").value();
  facts.records = 1000;
  facts.chunks = 10;
  facts.largest_chunk = facts.median_chunk = 5000;
  facts.largest_chunk_name = "chunk 0";
  facts.knows_cap = true;
  facts.has_price = true;
  return facts;
}

std::string message(const WarningFacts& facts, const std::string& code) {
  std::string found;
  for (const Warning& warning : warnings_of(facts))
    if (warning.code == code) found += warning.message;
  return found;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an ordinary run is warned of nothing") { CHECK(warnings_of(quiet()).empty()); }

TEST_CASE("each cause has its code, its figures, and does not bring another warning") {
  WarningFacts facts = quiet();
  std::string code;
  std::vector<std::string> figures;
  SUBCASE("one record a job") {
    facts.chunks = facts.records;
    code = "one_record_per_job";
    figures = {"1,000"};
  }
  SUBCASE("more asked than the model answers") {
    facts.limited = facts.looked_at = 10;
    facts.least_output = facts.most_output = 100'000;
    code = "answers_above_model_limit";
    figures = {"100,000", "65,536", "2026-05"};
  }
  SUBCASE("more expected than asked") {
    facts.limited = facts.looked_at = 10;
    facts.least_output = facts.most_output = 256;
    facts.expect_output = 300;
    code = "answers_do_not_fit";
    figures = {"300", "256"};
  }
  SUBCASE("more expected than the model answers") {
    facts.expect_output = 70'000;
    code = "answers_do_not_fit";
    figures = {"70,000", "65,536"};
  }
  SUBCASE("equal records") {
    facts.compared = 1000;
    facts.equal = 12;
    code = "duplicate_records";
    figures = {"12", "1,000"};
  }
  SUBCASE("uneven chunks") {
    facts.largest_chunk = 50'000;
    facts.largest_chunk_name = "chunk 3";
    code = "uneven_chunks";
    figures = {"chunk 3", "50,000", "10 times", "5,000"};
  }
  SUBCASE("a field that is always empty") {
    facts.empty_fields = {{"context", 1000}};
    code = "empty_field";
    figures = {"\"context\"", "1,000"};
  }
  SUBCASE("a retired model") {
    facts.model = "gemini-2.0-flash";
    facts.known = printed_catalogue().find(facts.model);
    code = "retired_model";
    figures = {"2026-06-01", "gemini-3.5-flash"};
  }
  SUBCASE("a model that ends soon") {
    facts.model = "gemini-2.5-flash";
    facts.known = printed_catalogue().find(facts.model);
    code = "deprecated_model";
    figures = {"2026-12-01", "gemini-3.5-flash-lite"};
  }
  SUBCASE("an unknown model") {
    facts.model = "gemini-36-flash";
    facts.known = nullptr;
    code = "unknown_model";
    figures = {"gemini-36-flash"};
  }
  SUBCASE("an input that was submitted before") {
    facts.same_input = "qa.jsonl";
    facts.submitted_before = {"first", "second"};
    code = "already_submitted";
    figures = {"qa.jsonl", "first, second"};
  }
  SUBCASE("few records") {
    facts.records = 20;
    code = "few_records";
    figures = {"20 records", "24 h"};
  }
  SUBCASE("above the limit of the cost") {
    facts.cost = 12.5;
    facts.max_cost = 10;
    code = "above_max_cost";
    figures = {"12.50", "10.00"};
  }
  SUBCASE("a prompt at the higher price") {
    facts.has_long_price = true;
    facts.largest_record = 250'000;
    facts.largest_record_at = "qa.jsonl:7";
    code = "long_prompts";
    figures = {"qa.jsonl:7", "250,000", "200,000"};
  }
  SUBCASE("no limit is printed at the tier") {
    facts.knows_cap = false;
    facts.tier = 2;
    code = "no_printed_limit";
    figures = {"tier 2"};
  }
  SUBCASE("no tier") {
    facts.knows_cap = false;
    code = "assumed_tier";
  }
  SUBCASE("no price") {
    facts.has_price = false;
    code = "no_price";
  }
  const std::string text = message(facts, code);
  CAPTURE(code);
  CAPTURE(text);
  CHECK_FALSE(text.empty());
  for (const std::string& figure : figures) CHECK(has(text, figure));
  CHECK(warnings_of(facts).size() == 1);
}

TEST_CASE("what is close to a warning is none") {
  WarningFacts facts = quiet();
  facts.records = 21;
  facts.largest_chunk = 4 * facts.median_chunk;
  facts.limited = facts.looked_at = 1;
  facts.least_output = facts.most_output = 65'536;
  facts.expect_output = 65'536;
  facts.cost = facts.max_cost = 10;
  facts.compared = 60'000;
  facts.equal = 20;
  CHECK(warnings_of(facts).empty());
  facts.equal = 1000;
  facts.sends_equal_once = true;
  CHECK(warnings_of(facts).empty());
}
