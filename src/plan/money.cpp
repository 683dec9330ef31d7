#include "plan/money.hpp"

#include <algorithm>
#include <cmath>

namespace batchctl::plan {

namespace {

constexpr double kNoDifference = 1e-9;  // USD

}  // namespace

double cost_usd(const Price& price, const TokenSum& tokens) {
  const std::int64_t cached = std::clamp<std::int64_t>(tokens.cached, 0, tokens.input);
  return (static_cast<double>(tokens.input - cached) * price.input +
          static_cast<double>(cached) * price.cached.value_or(price.input) +
          static_cast<double>(tokens.output) * price.output) /
         1e6;
}

ExpectedOutput expected_output(const OutputFacts& facts) {
  if (facts.answers > 0 && facts.tokens > 0)
    return {static_cast<double>(facts.tokens) / static_cast<double>(facts.answers), OutputBasis::answers};
  if (facts.told) return {static_cast<double>(*facts.told), OutputBasis::told};
  if (facts.usual && *facts.usual < kUsualOutput) return {static_cast<double>(*facts.usual), OutputBasis::max_output};
  return {static_cast<double>(kUsualOutput), OutputBasis::usual};
}

std::int64_t output_of(const ExpectedOutput& expected, std::int64_t records) {
  return static_cast<std::int64_t>(std::ceil(expected.tokens * static_cast<double>(records) - 1e-6));
}

bool may_commit(const Committed& committed, double more, double most) {
  return committed.sum() + more <= most + kNoDifference;
}

double to_cents_above(double usd) { return std::ceil(usd * 100 - 1e-6) / 100; }

}  // namespace batchctl::plan
