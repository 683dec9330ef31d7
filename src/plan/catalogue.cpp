#include "plan/catalogue.hpp"

#include <utility>

#include "plan/printed_models.hpp"

namespace batchctl::plan {

namespace {

std::string_view plain(std::string_view model) {
  constexpr std::string_view prefix = "models/";
  return model.starts_with(prefix) ? model.substr(prefix.size()) : model;
}

std::string day_of(Instant at) { return to_rfc3339(at).substr(0, 10); }

Source source_of(const PrintedSource& printed, std::string_view basis) {
  return {std::string(printed.page), std::string(printed.date), std::string(basis)};
}

Price price_of(double input, double output, double cached = 0) {
  return {input, output, cached > 0 ? std::optional(cached) : std::nullopt};
}

ModelFacts facts_of(const PrintedModel& row) {
  ModelFacts facts;
  facts.model = row.model;
  for (std::size_t tier = 0; tier < row.tokens.size(); ++tier)
    if (row.tokens[tier] > 0) facts.tokens[tier] = row.tokens[tier];
  facts.tokens_source = source_of(row.tokens_source, row.tokens_source.basis);
  if (row.max_output > 0) facts.max_output = row.max_output;
  facts.max_output_source = source_of(kModelPages, kModelPages.basis);
  facts.life = {row.state, std::string(row.ends), std::string(row.successor), std::string(row.note),
                source_of(row.state_source, row.state_source.basis)};
  for (const PrintedPrice& price : kPrintedPrices) {
    if (price.model != row.model) continue;
    PriceFacts known;
    known.from = price.from;
    known.batch = price_of(price.batch_input, price.batch_output, price.cached);
    known.standard = price_of(price.standard_input, price.standard_output, price.cached);
    if (price.long_input > 0) known.batch_long = price_of(price.long_input, price.long_output, price.long_cached);
    known.source = source_of(price.source, price.basis);
    facts.prices.push_back(std::move(known));
  }
  return facts;
}

}  // namespace

const ModelFacts* Catalogue::find(std::string_view model) const {
  const auto found = models_.find(plain(model));
  return found == models_.end() ? nullptr : &found->second;
}

const PriceFacts* Catalogue::price(std::string_view model, Instant at) const {
  const ModelFacts* facts = find(model);
  if (facts == nullptr) return nullptr;
  const std::string day = day_of(at);
  const PriceFacts* in_force = nullptr;
  for (const PriceFacts& price : facts->prices)
    if (price.from <= day) in_force = &price;
  return in_force;
}

std::optional<std::int64_t> Catalogue::token_limit(std::string_view model, int tier) const {
  const ModelFacts* facts = find(model);
  if (facts == nullptr || tier < 1 || tier > 3) return std::nullopt;
  return facts->tokens[static_cast<std::size_t>(tier - 1)];
}

ModelState Catalogue::state_of(const ModelFacts& facts, Instant at) {
  if (!facts.life.ends.empty() && facts.life.ends <= day_of(at)) return ModelState::retired;
  return facts.life.state;
}

void Catalogue::put(ModelFacts facts) {
  std::string model = facts.model;
  models_.insert_or_assign(std::move(model), std::move(facts));
}

const Catalogue& printed_catalogue() {
  static const Catalogue catalogue = [] {
    Catalogue all;
    for (const PrintedModel& row : kPrintedModels) all.put(facts_of(row));
    return all;
  }();
  return catalogue;
}

}  // namespace batchctl::plan
