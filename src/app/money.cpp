#include "app/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.hpp"

namespace batchctl::app {

namespace {

plan::ExpectedOutput output_expected(const Options& options, const std::vector<Spending>& spent,
                                     const std::string& model) {
  plan::OutputFacts facts;
  facts.told = options.expect_output;
  facts.usual = options.usual_output;
  for (const Spending& one : spent)
    if (one.model == model) {
      facts.answers = one.answers;
      facts.tokens = one.output;
    }
  return plan::expected_output(facts);
}

double cost_of_records(const plan::PriceFacts& prices, std::int64_t tokens, std::int64_t records,
                       const plan::ExpectedOutput& output) {
  return plan::cost_usd(price_for(prices, tokens, records), {tokens, 0, plan::output_of(output, records)});
}

struct Account {
  plan::Committed committed;
  double wasted = 0;
  std::int64_t open_jobs = 0;
};

/// nullopt: no price is known for a model that was used.
std::optional<Account> account_of(const Context& context, const Options& options, const std::vector<Spending>& spent,
                                  Instant now) {
  Account account;
  for (const Spending& one : spent) {
    const plan::PriceFacts* prices = context.catalogue->price(one.model, now);
    if (prices == nullptr) return std::nullopt;
    const plan::TokenSum taken{one.input, one.cached, one.output};
    const plan::Price& price = price_for(*prices, one.input, one.answers);
    account.committed.actual += plan::cost_usd(price, taken);
    account.wasted += plan::cost_usd(price, {one.wasted_input, 0, one.wasted_output});
    account.committed.under_way +=
        cost_of_records(*prices, one.open_input, one.open_records, output_expected(options, spent, one.model));
    account.open_jobs += one.open_jobs;
  }
  return account;
}

}  // namespace

RunCost cost_of(Context& context, const Run& run, const Usage& usage, std::int64_t records) {
  const Instant now = context.clock.now();
  const std::string& model = run.settings.model;
  const std::vector<Spending> spent = context.store.spending(run.key);
  const Unsent unsent = context.store.unsent(run.key);
  RunCost cost;
  cost.output = output_expected(run.options, spent, model);
  cost.estimated_output = plan::output_of(cost.output, records);
  cost.price = context.catalogue->price(model, now);
  if (const std::optional<Account> account = account_of(context, run.options, spent, now)) {
    cost.actual = account->committed.actual;
    cost.wasted = std::min(account->wasted, account->committed.actual);  // as if none of it had been cached
    cost.committed = account->committed.sum();
  }
  if (cost.price == nullptr) {
    if (spent.empty())
      cost.actual = cost.wasted = cost.committed = std::nullopt;  // not 0: nothing is known of this model's cost
    return cost;
  }
  cost.estimated = cost_of_records(*cost.price, usage.estimated_input, records, cost.output);
  cost.unsent = cost_of_records(*cost.price, unsent.tokens, unsent.records, cost.output);
  return cost;
}

const plan::Price& price_for(const plan::PriceFacts& prices, std::int64_t tokens, std::int64_t records) {
  const bool is_long = records > 0 && tokens / records > plan::kLongPrompt;
  return is_long && prices.batch_long ? *prices.batch_long : prices.batch;
}

void must_know_price(const Context& context, const std::string& model, const Options& options) {
  if (!options.max_cost || context.catalogue->price(model, context.clock.now()) != nullptr) return;
  const std::string file = context.limits_path.empty() ? "a limits file (--limits-file FILE)" : context.limits_path;
  throw Fatal(ExitCode::usage, "no_price", fmt::format("no price is known for {}, so --max-cost cannot be held", model),
              fmt::format("tell it in {}: {{\"models\":{{\"{}\":{{\"batch_price_usd_per_1m\":{{\"input\":…,"
                          "\"output\":…}}}}}}}}; or leave --max-cost out",
                          file, model));
}

std::optional<std::string> above_max_cost(Context& context, const Run& run, const std::string& model,
                                          const Chunk& chunk) {
  if (!run.options.max_cost) return std::nullopt;
  const Instant now = context.clock.now();
  const std::vector<Spending> spent = context.store.spending(run.key);
  const plan::PriceFacts* prices = context.catalogue->price(model, now);
  const std::optional<Account> account = account_of(context, run.options, spent, now);
  if (prices == nullptr || !account)
    return fmt::format("no price is known for a model of this run, so --max-cost cannot be held");
  const plan::ExpectedOutput output = output_expected(run.options, spent, model);
  const double more = cost_of_records(*prices, chunk.tokens, chunk.records, output);
  const plan::Committed& committed = account->committed;
  if (plan::may_commit(committed, more, *run.options.max_cost)) return std::nullopt;
  return fmt::format(
      "the next job (chunk {}) is estimated at {}: with {} of stored results and {} estimated for {} under way that "
      "makes "
      "{}, above --max-cost {}{}",
      chunk.index, spell_usd(more), spell_usd(committed.actual), spell_usd(committed.under_way),
      spell_count(static_cast<std::uint64_t>(account->open_jobs), "job"), spell_usd(committed.sum() + more),
      spell_usd(*run.options.max_cost),
      account->open_jobs > 0 ? ". When jobs under way end, their actual cost takes the place of the estimate" : "");
}

std::string spell_usd(double usd) {
  const double size = std::fabs(usd);
  const int digits = size >= 1 || size == 0 ? 2 : size >= 0.01 ? 4 : 6;
  return fmt::format("${:.{}f}", usd, digits);
}

}  // namespace batchctl::app
