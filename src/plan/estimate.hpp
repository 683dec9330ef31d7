// Printed limits and money, before anything is sent. Pure; the figures are data with a date.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl::plan {

/// USD per million tokens at batch price (half of the standard one); output includes thinking.
struct Price {
  double input = 0, output = 0;
};

/// Printed batch prices as of 2026-10 (pricing page); nullopt for a model that is not in the table.
std::optional<Price> batch_price(std::string_view model);

/// Printed limit of tokens enqueued in batch jobs of the model at a usage tier (rate-limits page, 2026-08-18); nullopt
/// when none is printed. Limits differ from project to project: a default, not a fact.
std::optional<std::int64_t> printed_token_limit(std::string_view model, int tier);

/// A calibration factor (real tokens over estimated ones) within 0.2 and 5; anything else is no measurement of ours.
double believable_factor(double factor);

/// What is remembered after a job of `estimated` tokens (which were multiplied by `at_plan`) really took `actual`: a
/// fifth of the way to the new measurement, so that one odd chunk does not turn it.
double learned_factor(double known, double at_plan, std::int64_t estimated, std::int64_t actual);

/// Cost in USD of so many input and output tokens; nullopt without a price.
std::optional<double> cost_usd(std::string_view model, std::int64_t input, std::int64_t output);

}  // namespace batchctl::plan
