#include "plan/estimate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace batchctl::plan {

namespace {

struct ModelFacts {
  std::string_view model;
  Price price;
  std::array<std::int64_t, 3> tokens;  // tiers 1 to 3; 0: not printed
};

constexpr std::int64_t kMillion = 1'000'000;

// Prices: pricing page, 2026-08 to 2026-10. Limits: rate-limits page, 2026-08-18.
constexpr std::array kModels = {
    ModelFacts{"gemini-3.8-flash", {0.375, 1.875}, {3 * kMillion, 0, 0}},
    ModelFacts{"gemini-3.7-flash", {0.375, 1.875}, {3 * kMillion, 0, 0}},
    ModelFacts{"gemini-3.6-flash", {0.375, 1.875}, {3 * kMillion, 400 * kMillion, 1000 * kMillion}},
    ModelFacts{"gemini-3.5-flash", {0.75, 4.5}, {3 * kMillion, 400 * kMillion, 1000 * kMillion}},
    ModelFacts{"gemini-3.5-flash-lite", {0.15, 1.25}, {10 * kMillion, 500 * kMillion, 1000 * kMillion}},
    ModelFacts{"gemini-3.1-flash-lite", {0.125, 0.75}, {10 * kMillion, 500 * kMillion, 1000 * kMillion}},
    ModelFacts{"gemini-3.1-pro-preview", {1.0, 6.0}, {5 * kMillion, 500 * kMillion, 1000 * kMillion}},
    ModelFacts{"gemini-3-flash-preview", {0.25, 1.5}, {3 * kMillion, 400 * kMillion, 500 * kMillion}},
    ModelFacts{"gemini-2.5-pro", {0.625, 5.0}, {5 * kMillion, 500 * kMillion, 1000 * kMillion}},
    ModelFacts{"gemini-2.5-flash", {0.15, 1.25}, {3 * kMillion, 400 * kMillion, 1000 * kMillion}},
    ModelFacts{"gemini-2.5-flash-lite", {0.05, 0.2}, {10 * kMillion, 500 * kMillion, 1000 * kMillion}},
};

const ModelFacts* facts_of(std::string_view model) {
  constexpr std::string_view prefix = "models/";
  if (model.substr(0, prefix.size()) == prefix) model.remove_prefix(prefix.size());
  for (const ModelFacts& facts : kModels)
    if (facts.model == model) return &facts;
  return nullptr;
}

}  // namespace

std::optional<Price> batch_price(std::string_view model) {
  const ModelFacts* facts = facts_of(model);
  if (facts == nullptr) return std::nullopt;
  return facts->price;
}

std::optional<std::int64_t> printed_token_limit(std::string_view model, int tier) {
  const ModelFacts* facts = facts_of(model);
  if (facts == nullptr || tier < 1 || tier > 3) return std::nullopt;
  const std::int64_t tokens = facts->tokens[static_cast<std::size_t>(tier - 1)];
  if (tokens == 0) return std::nullopt;
  return tokens;
}

double believable_factor(double factor) {
  constexpr double kLeast = 0.2, kMost = 5.0;
  return std::isfinite(factor) && factor > 0 ? std::clamp(factor, kLeast, kMost) : 1.0;
}

double learned_factor(double known, double at_plan, std::int64_t estimated, std::int64_t actual) {
  constexpr double kWeight = 0.2;
  if (estimated <= 0 || actual <= 0) return known;
  const double measured = at_plan * static_cast<double>(actual) / static_cast<double>(estimated);
  return believable_factor(known + kWeight * (measured - known));
}

std::optional<double> cost_usd(std::string_view model, std::int64_t input, std::int64_t output) {
  const std::optional<Price> price = batch_price(model);
  if (!price) return std::nullopt;
  return (static_cast<double>(input) * price->input + static_cast<double>(output) * price->output) / 1e6;
}

}  // namespace batchctl::plan
