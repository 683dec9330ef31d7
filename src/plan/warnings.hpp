// What costs people money and can be seen before the first call. Pure: a code that stays, and one sentence with the
// figures behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/catalogue.hpp"
#include "plan/forecast.hpp"

namespace batchctl::plan {

struct Warning {
  std::string code;     // stable, a-z and _
  std::string message;  // one sentence or two
};

struct WarningFacts {
  std::string model;
  const ModelFacts* known = nullptr;  // nullptr: not listed
  Instant now;
  std::int64_t records = 0, chunks = 0;
  std::int64_t largest_chunk = 0, median_chunk = 0;  // tokens
  std::string largest_chunk_name;
  std::int64_t largest_record = 0;  // tokens
  std::string largest_record_at;
  bool knows_cap = false;    // told or learned
  bool few_creates = false;  // chunks are larger because few creates are accepted
  std::optional<int> tier;   // told, and nothing is printed for it
  std::int64_t compared = 0, equal = 0;
  bool sends_equal_once = false;
  std::int64_t skipped = 0;   // records that cannot be sent
  std::string first_skipped;  // the place and fault of the first of them
  struct EmptyField {
    std::string name;
    std::int64_t records = 0;
  };
  std::vector<EmptyField> empty_fields;
  std::int64_t looked_at = 0, limited = 0, least_output = 0, most_output = 0;  // maxOutputTokens of a sample
  std::optional<std::int64_t> expect_output;
  bool has_price = false;
  bool has_long_price = false;
  std::vector<std::string> submitted_before;  // runs with the same input
  std::string same_input;                     // which
  std::optional<double> cost, max_cost;       // USD
};

std::vector<Warning> warnings_of(const WarningFacts& facts);

}  // namespace batchctl::plan
