#include "sandbox/row_fates.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sandbox/hashing.hpp"

namespace batchctl::sandbox {
namespace {

struct ShareOfRows {
  const char* name;
  double RowRules::*share;
  RowFate fate;
};

constexpr ShareOfRows kShares[] = {{"missing", &RowRules::missing, RowFate::missing},
                                   {"error", &RowRules::error, RowFate::error},
                                   {"status", &RowRules::status, RowFate::status},
                                   {"duplicate", &RowRules::duplicate, RowFate::duplicate},
                                   {"keyless", &RowRules::keyless, RowFate::keyless},
                                   {"truncated", &RowRules::truncated, RowFate::truncated},
                                   {"blocked", &RowRules::blocked, RowFate::blocked},
                                   {"blocked_prompt", &RowRules::blocked_prompt, RowFate::blocked_prompt},
                                   {"empty", &RowRules::empty, RowFate::empty},
                                   {"garbled", &RowRules::garbled, RowFate::garbled}};

}  // namespace

std::uint64_t salt_of(std::uint64_t seed, std::string_view display_name) { return hash_on(mixed(seed), display_name); }

RowFate fate_of(const RowPlan& plan, const InputLine& line, std::uint64_t number, std::optional<std::uint64_t> served) {
  if (served && number > *served) return RowFate::unserved;
  if (line.is_invalid) return RowFate::invalid;
  const double at =
      share_of(line.key ? hash_on(plan.salt, *line.key) : hash_on(plan.salt, fmt::format("line {}", number)));
  double up_to = 0;
  for (const ShareOfRows& one : kShares) {
    up_to += plan.rules.*one.share;
    if (at < up_to) return one.fate;
  }
  return RowFate::answered;
}

bool is_failed(RowFate fate) {
  switch (fate) {
    case RowFate::error:
    case RowFate::status:
    case RowFate::invalid:
    case RowFate::unserved:
      return true;
    case RowFate::answered:
    case RowFate::missing:
    case RowFate::duplicate:
    case RowFate::keyless:
    case RowFate::truncated:
    case RowFate::blocked:
    case RowFate::blocked_prompt:
    case RowFate::empty:
    case RowFate::garbled:
      return false;
  }
  throw Bug("row fate");
}

nlohmann::json to_journal(const RowPlan& plan) {
  nlohmann::json json = {{"seed", plan.seed}, {"salt", plan.salt}, {"code", plan.rules.code}};
  if (plan.rules.shuffled) json["shuffled"] = true;
  for (const ShareOfRows& one : kShares) {
    if (plan.rules.*one.share > 0) json[one.name] = plan.rules.*one.share;
  }
  return json;
}

RowPlan row_plan_from_journal(const nlohmann::json& job, std::string_view display_name) {
  RowPlan plan;
  const auto rows = job.value("rows", nlohmann::json::object());
  plan.seed = rows.value("seed", job.value("seed", plan.seed));
  plan.salt = rows.value("salt", salt_of(plan.seed, display_name));
  plan.rules.code = rows.value("code", plan.rules.code);
  plan.rules.shuffled = rows.value("shuffled", false);
  for (const ShareOfRows& one : kShares) plan.rules.*one.share = rows.value(one.name, 0.0);
  plan.rules.error = rows.value("error", job.value("error_rate", 0.0));
  plan.rules.missing = rows.value("missing", job.value("missing_rate", 0.0));
  return plan;
}

}  // namespace batchctl::sandbox
