#include "cli/limits_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/nearest.hpp"
#include "cli/whole_file.hpp"

namespace batchctl::cli {

namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string_view>;

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  plan::Catalogue read(const Json& document) const {
    plan::Catalogue catalogue = plan::printed_catalogue();
    must_be_object(document, "");
    must_know(document, "", {"models"});
    if (!document.contains("models")) return catalogue;
    const Json& models = document.at("models");
    must_be_object(models, "/models");
    for (const auto& [name, told] : models.items()) {
      if (name.empty()) throw wrong("/models", "a model needs a name");
      const plan::ModelFacts* known = catalogue.find(name);
      plan::ModelFacts facts = known == nullptr ? plan::ModelFacts{} : *known;
      if (known == nullptr) facts.model = name.starts_with("models/") ? name.substr(7) : name;
      lay_over(facts, told, "/models/" + name);
      catalogue.put(std::move(facts));
    }
    return catalogue;
  }

  Fatal wrong(const std::string& place, const std::string& what) const {
    return {ExitCode::usage, "limits_file",
            fmt::format("limits file {}{}{}: {}", path_, place.empty() ? "" : ": ", one_line(place, 120), what),
            "mend the file, or name another with --limits-file"};
  }

 private:
  void lay_over(plan::ModelFacts& facts, const Json& told, const std::string& at) const {
    constexpr const char *kBatch = "batch_price_usd_per_1m", *kStandard = "standard_price_usd_per_1m",
                         *kLong = "batch_price_above_200k_usd_per_1m";
    must_be_object(told, at);
    must_know(told, at,
              {kBatch, kStandard, kLong, "enqueued_tokens", "max_output_tokens", "state", "ends", "successor", "date",
               "source"});
    const plan::Source source{text(told, "source", at).value_or(path_), date(told, "date", at).value_or("undated"),
                              "limits file"};
    const auto batch = price(told, kBatch, at), standard = price(told, kStandard, at), above = price(told, kLong, at);
    if (above && !batch && !standard) throw wrong(at, fmt::format("\"{}\" needs \"{}\" beside it", kLong, kBatch));
    if (batch || standard)
      facts.prices = {
          {"", batch ? *batch : times(*standard, 0.5), standard ? *standard : times(*batch, 2), above, source}};
    if (told.contains("enqueued_tokens")) {
      const Json& tiers = told.at("enqueued_tokens");
      const std::string place = at + "/enqueued_tokens";
      must_be_object(tiers, place);
      must_know(tiers, place, {"tier1", "tier2", "tier3"});
      for (std::size_t i = 0; i < facts.tokens.size(); ++i)
        if (const auto tokens = whole(tiers, fmt::format("tier{}", i + 1), place)) facts.tokens[i] = tokens;
      facts.tokens_source = source;
    }
    if (const auto most = whole(told, "max_output_tokens", at)) {
      facts.max_output = most;
      facts.max_output_source = source;
    }
    take_lifetime(facts.life, told, at, source);
  }

  void take_lifetime(plan::Lifetime& life, const Json& told, const std::string& at, const plan::Source& source) const {
    const auto state = text(told, "state", at), ends = date(told, "ends", at), successor = text(told, "successor", at);
    if (!state && !ends && !successor) return;
    if (state) {
      const auto named = std::find(plan::kModelStateNames.begin(), plan::kModelStateNames.end(), *state);
      if (named == plan::kModelStateNames.end())
        throw wrong(at + "/state",
                    fmt::format("\"{}\" is none of {}", one_line(*state, 40), fmt::join(plan::kModelStateNames, ", ")));
      life = {static_cast<plan::ModelState>(named - plan::kModelStateNames.begin()), "", "", "", {}};
    }
    if (ends) life.ends = *ends;
    if (successor) life.successor = *successor;
    life.source = source;
  }

  std::optional<plan::Price> price(const Json& told, const char* name, const std::string& at) const {
    if (!told.contains(name)) return std::nullopt;
    const Json& json = told.at(name);
    const std::string place = at + "/" + name;
    must_be_object(json, place);
    must_know(json, place, {"input", "output", "cached"});
    const auto number = [&](const char* member) -> std::optional<double> {
      if (!json.contains(member)) return std::nullopt;
      const Json& value = json.at(member);
      if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 1e6)
        throw wrong(place + "/" + member, "a price in USD for a million tokens is expected, such as 0.15");
      return value.get<double>();
    };
    plan::Price price;
    const auto input = number("input"), output = number("output");
    if (!input || !output) throw wrong(place, "\"input\" and \"output\" are needed");
    price.input = *input;
    price.output = *output;
    price.cached = number("cached");
    return price;
  }

  static plan::Price times(const plan::Price& price, double factor) {
    plan::Price other{price.input * factor, price.output * factor};
    if (price.cached) other.cached = *price.cached * factor;
    return other;
  }

  std::optional<std::int64_t> whole(const Json& told, const std::string& name, const std::string& at) const {
    if (!told.contains(name)) return std::nullopt;
    const Json& value = told.at(name);
    const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() >= 1 &&
                      value.get<std::uint64_t>() <= (std::uint64_t{1} << 60U);
    if (!fits) throw wrong(at + "/" + name, "a whole number of tokens above 0 is expected");
    return value.get<std::int64_t>();
  }

  std::optional<std::string> text(const Json& told, const char* name, const std::string& at) const {
    if (!told.contains(name)) return std::nullopt;
    if (!told.at(name).is_string()) throw wrong(at + "/" + name, "a string is expected");
    return told.at(name).get<std::string>();
  }

  std::optional<std::string> date(const Json& told, const char* name, const std::string& at) const {
    const std::optional<std::string> day = text(told, name, at);
    if (day && (day->size() != 10 || !parse_rfc3339(*day + "T00:00:00Z")))
      throw wrong(at + "/" + name, fmt::format("\"{}\" is not a date such as 2026-11-26", one_line(*day, 40)));
    return day;
  }

  void must_be_object(const Json& json, const std::string& place) const {
    if (!json.is_object()) throw wrong(place, "a JSON object is expected");
  }

  void must_know(const Json& json, const std::string& place, const Names& names) const {
    for (const auto& [name, value] : json.items())
      if (std::find(names.begin(), names.end(), name) == names.end())
        throw wrong(place, fmt::format("\"{}\" is not known; {}", one_line(name, 60), suggestion(name, names)));
  }

  const std::string& path_;
};

}  // namespace

plan::Catalogue catalogue_with(std::string_view json, const std::string& path) {
  const Reader reader(path);
  Json document;
  try {
    document = Json::parse(json);
  } catch (const Json::parse_error& problem) {
    const std::string_view before = json.substr(0, std::min(problem.byte, json.size()));
    throw reader.wrong(
        "", fmt::format("not JSON: the fault is in line {}", 1 + std::count(before.begin(), before.end(), '\n')));
  }
  return reader.read(document);
}

plan::Catalogue read_limits_file(const std::string& path) {
  const Result<std::string, Unread> text = read_whole(path);
  if (!text)
    throw Fatal(ExitCode::usage, "limits_file", fmt::format("limits file {} cannot be read{}", path, text.error().why),
                "name another with --limits-file");
  return catalogue_with(text.value(), path);
}

}  // namespace batchctl::cli
