// What tokens cost, what answers will be, and what a run may still spend. Pure.
//
// Committed is what has been spent and what jobs under way will spend: the actual cost of stored results, and for each
// job without one its estimated input and the expected output of its records. An unclear create counts as a job. Of
// jobs that ended without an answer nothing is counted: whether the service bills them is not documented.
#pragma once

#include <cstdint>
#include <optional>

#include "plan/catalogue.hpp"

namespace batchctl::plan {

struct TokenSum {
  std::int64_t input = 0;   // cached ones too
  std::int64_t cached = 0;  // of the input
  std::int64_t output = 0;  // thinking too
};

double cost_usd(const Price& price, const TokenSum& tokens);

/// Why an answer is expected to be so long.
enum class OutputBasis { answers, told, max_output, usual };
inline constexpr std::array<std::string_view, 4> kOutputBasisNames = {"answers", "told", "max_output_tokens",
                                                                      "default"};
constexpr std::string_view name_of(OutputBasis basis) { return kOutputBasisNames[static_cast<std::size_t>(basis)]; }

struct ExpectedOutput {
  double tokens = 0;  // of one record, thinking included
  OutputBasis basis = OutputBasis::usual;
};

/// An answer of which nothing is known.
inline constexpr std::int64_t kUsualOutput = 512;

struct OutputFacts {
  std::int64_t answers = 0;           // records of stored results, whatever came of them
  std::int64_t tokens = 0;            // output and thinking of these
  std::optional<std::int64_t> told;   // --expect-output
  std::optional<std::int64_t> usual;  // min(maxOutputTokens, 512), mean over the records
};
/// The mean of the run's answers; while there is none what was told, else min(maxOutputTokens, 512).
ExpectedOutput expected_output(const OutputFacts& facts);

/// Tokens of so many records' answers, rounded up.
std::int64_t output_of(const ExpectedOutput& expected, std::int64_t records);

struct Committed {
  double actual = 0;     // stored results, duplicates and wasted answers too
  double under_way = 0;  // estimate of jobs that have no result yet
  double sum() const { return actual + under_way; }
};

/// Whether one more job of this cost stays within the limit; exactly at it is within. USD are sums of many small parts:
/// a billionth is no difference.
bool may_commit(const Committed& committed, double more, double most);

/// USD rounded up to whole cents, what a person would type to let `usd` through.
double to_cents_above(double usd);

}  // namespace batchctl::plan
