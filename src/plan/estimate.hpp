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

/// Cost in USD of so many input and output tokens; nullopt without a price.
std::optional<double> cost_usd(std::string_view model, std::int64_t input, std::int64_t output);

}  // namespace batchctl::plan
