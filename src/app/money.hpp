// What a run costs, has cost and may still cost, read from the database and the prices in force.
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "plan/money.hpp"

namespace batchctl::app {

struct RunCost {
  plan::ExpectedOutput output;                      // of one record, by the run's model
  std::optional<double> estimated;                  // USD of the whole run: estimated input, expected output
  std::optional<double> actual, wasted, committed;  // USD; nullopt: no price known for a model that was used
  std::optional<double> unsent;                     // USD of the chunks that have no job yet
  std::int64_t estimated_output = 0;                // tokens
  const plan::PriceFacts* price = nullptr;          // of the run's model, in force now; nullptr: not known
};

/// `usage` and the number of its `records` as just read. One consistent reading inside of Store::read or write.
RunCost cost_of(Context& context, const Run& run, const Usage& usage, std::int64_t records);

/// The price for requests of this mean size: above 200,000 tokens some models cost more.
const plan::Price& price_for(const plan::PriceFacts& prices, std::int64_t tokens, std::int64_t records);

/// Throws Fatal{usage, "no_price"} when a limit of the cost was told and no price is known for the model.
void must_know_price(const Context& context, const std::string& model, const Options& options);

/// Why a job of this model for the chunk is not created under the run's --max-cost, in figures; nullopt: it may be.
/// Inside of the write that stores its intent.
std::optional<std::string> above_max_cost(Context& context, const Run& run, const std::string& model,
                                          const Chunk& chunk);

/// For people: $12.34, and more digits below a dollar.
std::string spell_usd(double usd);

}  // namespace batchctl::app
