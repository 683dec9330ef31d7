#include "plan/repair.hpp"

#include <doctest/doctest.h>

using namespace batchctl;
using namespace batchctl::plan;

TEST_CASE("repairs wait until every chunk rests, or until they fill a chunk of their own") {
  CHECK_FALSE(repair_is_due({.waiting = 0, .chunks_open = 0, .full_chunk = 100}));
  CHECK(repair_is_due({.waiting = 1, .chunks_open = 0, .full_chunk = 100}));
  CHECK_FALSE(repair_is_due({.waiting = 99, .chunks_open = 1, .full_chunk = 100}));
  CHECK(repair_is_due({.waiting = 100, .chunks_open = 1, .full_chunk = 100}));
}

TEST_CASE("only what can be otherwise the next time is a passing reason") {
  for (const int code : {1, 4, 8, 13, 14}) CHECK(is_passing(code));
  for (const int code : {0, 2, 3, 5, 7, 9, 16, 400, 429, 500}) CHECK_FALSE(is_passing(code));
}

TEST_CASE("what was cut off gets more room, and less thinking as far as its model is known to take it") {
  const auto config = [](const char* model) {
    const Overrides fit = fitting(RecordStatus::truncated, model, std::nullopt);
    CHECK(fit.output_factor > 1);
    return fit.generation_config.value_or("");
  };
  CHECK(config("gemini-2.5-flash").find("thinkingBudget") != std::string::npos);
  CHECK(config("gemini-3-flash-preview").find("thinkingLevel") != std::string::npos);
  CHECK(config("gemini-2.0-flash").empty());
}

TEST_CASE("an answer of the wrong form is asked for with the schema in words, everything else as before") {
  const Overrides fit = fitting(RecordStatus::invalid, "gemini-2.5-flash", R"({"type":"object"})");
  REQUIRE(fit.note.has_value());
  CHECK(fit.note->find(R"({"type":"object"})") != std::string::npos);
  CHECK(fitting(RecordStatus::invalid, "gemini-2.5-flash", std::nullopt) == Overrides{});
  for (const RecordStatus status :
       {RecordStatus::error, RecordStatus::missing, RecordStatus::blocked, RecordStatus::empty})
    CHECK(fitting(status, "gemini-2.5-flash", R"({"type":"object"})") == Overrides{});
}
