// plan --json: one run as status tells it, without a run_id, and the figures of the plan beside it.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "cli/documents.hpp"
#include "cli/or_null.hpp"

namespace batchctl::cli {

using Json = nlohmann::ordered_json;

namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json source_document(const plan::Source& source) {
  if (source.page.empty()) return nullptr;
  return {{"page", source.page}, {"date", source.date}, {"basis", source.basis}};
}

Json price_document(const plan::Price& price) {
  return {{"input", price.input}, {"output", price.output}, {"cached", or_null(price.cached)}};
}

std::int64_t part_of(std::int64_t tokens, double factor) {
  return static_cast<std::int64_t>(std::llround(static_cast<double>(tokens) * factor));
}

std::int64_t mean(std::int64_t sum, std::int64_t n) { return n <= 0 ? 0 : (sum + n - 1) / n; }

Json spread_document(const app::PlanSummary& plan) {
  if (!plan.spread) return nullptr;
  const bool jobs = plan.spread->basis == plan::Spread::Basis::jobs;
  return {{"low", part_of(plan.tokens, plan.spread->low)},
          {"high", part_of(plan.tokens, plan.spread->high)},
          {"basis", jobs ? "jobs" : "samples"},
          {"count", plan.spread->count}};
}

Json sizes_document(const app::PlanSummary& plan) {
  const std::int64_t a_record = std::max<std::int64_t>(mean(plan.tokens, plan.records), 1);
  return {{"asked_by", text_or_null(plan.asked_size)},
          {"records", mean(plan.records, plan.chunks)},
          {"tokens", plan.forecast.tokens_a_chunk},
          {"largest_tokens", plan.largest_chunk},
          {"bytes", plan.forecast.bytes_a_chunk},
          {"tokens_a_record", a_record},
          {"largest_record_tokens", plan.largest_record_at.empty() ? Json(nullptr) : Json(plan.largest_record)},
          {"largest_record_at", text_or_null(plan.largest_record_at)},
          {"recommended",
           {{"tokens", plan.recommended.tokens},
            {"bytes", plan.recommended.bytes},
            {"records", std::max<std::int64_t>(plan.recommended.tokens / a_record, 1)},
            {"why", plan.recommended.for_spacing ? "few_creates" : "fills_the_slots"}}}};
}

Json quota_document(const app::PlanSummary& plan) {
  const plan::Forecast& forecast = plan.forecast;
  return {{"tokens", plan.cap},
          {"basis", std::string(app::name_of(plan.cap_basis))},
          {"source", source_document(plan.cap_source)},
          {"job_slots", plan.slots},
          {"at_once",
           {{"chunks", forecast.at_once},
            {"by_tokens", forecast.by_tokens},
            {"by_jobs", forecast.by_jobs},
            {"by_storage", forecast.by_storage}}},
          {"binds", std::string(plan::name_of(forecast.binds))},
          {"job_seconds", plan.job_life ? Json(static_cast<double>(plan.job_life->count()) / 1000) : Json(nullptr)},
          {"jobs_seen", plan.lives_seen}};
}

Json prices_document(const app::PlanSummary& plan) {
  if (!plan.price) return nullptr;
  return {{"usd_per", 1'000'000},
          {"batch", price_document(plan.price_used)},
          {"standard", price_document(plan.price->standard)},
          {"source", source_document(plan.price->source)}};
}

}  // namespace

Json plan_document(const app::PlanSummary& plan, Instant now) {
  app::RunReport like;
  like.run.name = plan.run_name;
  like.run.settings = plan.settings;
  like.run.options = plan.options;
  like.run.project = plan.project;
  like.run.created_at = now;
  like.inputs = plan.inputs;
  like.chunks[static_cast<std::size_t>(ChunkState::planned)] = plan.chunks;
  like.unsent = plan.unsent;
  like.records = {plan.records + plan.unsent.skipped + plan.unsent.repeated, 0, plan.unsent.skipped,
                  plan.records + plan.unsent.repeated};
  like.usage.estimated_input = plan.tokens;
  like.cost.estimated_output = plan.output_tokens;
  like.cost.estimated = plan.cost;
  if (plan.cost) like.cost.actual = like.cost.wasted = like.cost.committed = 0.0;
  Json run = run_document(like, false);
  run.erase("run_id");
  run["next"] = nullptr;
  if (plan.forecast.length) run["eta"] = to_rfc3339(now + *plan.forecast.length);
  run["jobs_planned"] = plan.chunks;
  run["waves"] = plan.waves;
  run["pilot"] = nullptr;
  if (plan.pilot_records > 0) run["pilot"] = {{"records", plan.pilot_records}, {"tokens", plan.pilot_tokens}};
  run["token_factor"] = plan.token_factor;
  run["token_samples"] = plan.token_samples;
  run["token_spread"] = spread_document(plan);
  run["chunk_size"] = sizes_document(plan);
  run["quota"] = quota_document(plan);
  run["output"] = {{"tokens_a_record", plan.output.tokens},
                   {"basis", std::string(plan::name_of(plan.output.basis))},
                   {"max_output_tokens", or_null(plan.asked_output)},
                   {"model_max_output_tokens", or_null(plan.model_output)}};
  run["prices"] = prices_document(plan);
  run["cost_parts_usd"] = {{"input", or_null(plan.input_cost)},
                           {"output", or_null(plan.output_cost)},
                           {"batch", or_null(plan.cost)},
                           {"standard", or_null(plan.standard_cost)}};
  run["storage"] = {{"bytes", plan.bytes},
                    {"bytes_at_once", std::min(plan.chunks, plan.forecast.at_once) * plan.forecast.bytes_a_chunk},
                    {"budget_bytes", plan::kStorageBudget},
                    {"limit_bytes", plan::kProjectStorage}};
  Json warnings = Json::array();
  for (const plan::Warning& one : plan.warnings) warnings.push_back({{"code", one.code}, {"message", one.message}});
  run["warnings"] = warnings;
  return {{"schema", 1}, {"now", to_rfc3339(now)}, {"runs", Json::array({run})}};
}

}  // namespace batchctl::cli
