// What is printed of the models: prices, limits, how long they live. Every figure has a date and a source, and differs
// from project to project or from month to month: a default, which a limits file replaces (cli/limits_file.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace batchctl::plan {

/// Where a figure stands and when it was read there; `basis` says how sure it is.
struct Source {
  std::string page, date, basis;
  bool operator==(const Source&) const = default;
};

/// USD per million tokens; output includes thinking. Without a price of cached tokens they count as any input.
struct Price {
  double input = 0, output = 0;
  std::optional<double> cached{};
  bool operator==(const Price&) const = default;
};

/// Prices from a day on.
struct PriceFacts {
  std::string from;  // YYYY-MM-DD, UTC; empty: always
  Price batch, standard;
  std::optional<Price> batch_long{};  // of prompts above kLongPrompt tokens
  Source source;
};
inline constexpr std::int64_t kLongPrompt = 200'000;  // pricing page, 2026-08: "prompts > 200k tokens"

enum class ModelState { current, preview, deprecated, retired };
inline constexpr std::array<std::string_view, 4> kModelStateNames = {"current", "preview", "deprecated", "retired"};
constexpr std::string_view name_of(ModelState state) { return kModelStateNames[static_cast<std::size_t>(state)]; }

struct Lifetime {
  ModelState state = ModelState::current;
  std::string ends;       // YYYY-MM-DD; empty: no day is known
  std::string successor;  // empty: none named
  std::string note;       // what else a person should know; may be empty
  Source source;
};

struct ModelFacts {
  std::string model;
  std::vector<PriceFacts> prices;                     // by `from`; empty: none known
  std::array<std::optional<std::int64_t>, 3> tokens;  // enqueued in batch jobs, tiers 1 to 3
  Source tokens_source;
  std::optional<std::int64_t> max_output;  // tokens of one answer, thinking included
  Source max_output_source;
  Lifetime life;
};

class Catalogue {
 public:
  /// nullptr for a model that is not listed. `models/` before the name is passed over.
  const ModelFacts* find(std::string_view model) const;
  /// The prices in force at the time.
  const PriceFacts* price(std::string_view model, Instant at) const;
  /// nullopt when none is printed.
  std::optional<std::int64_t> token_limit(std::string_view model, int tier) const;
  /// The model's state at the time: a deprecated one is retired from its last day on.
  static ModelState state_of(const ModelFacts& facts, Instant at);

  /// Takes the place of what was known of the model.
  void put(ModelFacts facts);

 private:
  std::map<std::string, ModelFacts, std::less<>> models_;
};

/// What is compiled in.
const Catalogue& printed_catalogue();

}  // namespace batchctl::plan
