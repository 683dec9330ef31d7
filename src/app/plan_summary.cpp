#include "app/plan_summary.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/planning.hpp"
#include "app/quota_view.hpp"
#include "records/container.hpp"

namespace batchctl::app {

namespace {

constexpr int kJobsLookedAt = 100;                    // the newest, of the model
constexpr std::int64_t kUnknownModelCap = 3'000'000;  // as plan/chunk_size.cpp assumes

std::string asked_size(const Settings& settings) {
  if (settings.chunk_per_file) return "chunk-per-file";
  if (settings.chunk_records) return "chunk-records";
  if (settings.chunk_tokens) return "chunk-tokens";
  if (settings.chunk_bytes) return "chunk-bytes";
  return {};
}

void tell_tokens(const ScanFacts& facts, const std::vector<FinishedJob>& finished, const Calibration& calibration,
                 PlanSummary& plan) {
  plan.token_factor = calibration.factor;
  plan.token_samples = calibration.samples;
  plan.largest_record =
      static_cast<std::int64_t>(std::ceil(static_cast<double>(facts.largest_tokens) * calibration.factor));
  if (facts.records > 0)
    plan.largest_record_at =
        place_in(plan.inputs.at(static_cast<std::size_t>(facts.largest_at.input)), facts.largest_at.line);
  std::vector<double> jobs;
  for (const FinishedJob& job : finished)
    if (job.estimated > 0 && job.actual > 0)
      jobs.push_back(job.token_factor * static_cast<double>(job.actual) / static_cast<double>(job.estimated));
  plan.spread = plan::token_spread(calibration.factor, std::move(jobs), calibration.ratios);
}

void tell_quota(Context& context, const Run& run, const std::vector<FinishedJob>& finished, PlanSummary& plan) {
  const std::string& model = run.settings.model;
  const plan::Limits limits = limits_of(context, run);
  const Quota quota = context.store.quota(run.project, model);
  const plan::ModelFacts* known = context.catalogue->find(model);
  plan.cap_basis = quota.learned_tokens ? CapBasis::learned : limits.tokens ? CapBasis::told : CapBasis::assumed;
  plan.cap =
      plan::token_limit(quota, limits).value_or(context.catalogue->token_limit(model, 1).value_or(kUnknownModelCap));
  const bool printed = plan.cap_basis == CapBasis::assumed || (limits.tokens && !run.options.enqueued_tokens);
  if (known != nullptr && printed && plan.cap_basis != CapBasis::learned) plan.cap_source = known->tokens_source;
  plan.slots = plan::job_slots(limits);
  plan.recommended = size_by_quota(context, run);
  std::vector<Duration> lives;
  for (const FinishedJob& job : finished) lives.push_back(job.life);
  plan.lives_seen = static_cast<int>(lives.size());
  plan.job_life = plan::median_life(std::move(lives));
  plan.forecast = plan::forecast({plan.chunks, plan.tokens, plan.bytes, plan.cap, plan.slots, plan.job_life});
  plan.waves = plan.forecast.waves;
}

void tell_cost(Context& context, const Run& run, const ScanFacts& facts, PlanSummary& plan) {
  plan::OutputFacts output;
  output.told = run.options.expect_output;
  output.usual = run.options.usual_output ? run.options.usual_output : usual_output(facts);
  plan.output = plan::expected_output(output);
  plan.output_tokens = plan::output_of(plan.output, plan.records);
  if (facts.limited > 0) plan.asked_output = facts.most_output;
  const plan::ModelFacts* known = context.catalogue->find(run.settings.model);
  if (known != nullptr) plan.model_output = known->max_output;
  const plan::PriceFacts* prices = context.catalogue->price(run.settings.model, context.clock.now());
  if (prices == nullptr) return;
  plan.price = *prices;
  plan.price_used = price_for(*prices, plan.tokens, plan.records);
  plan.input_cost = plan::cost_usd(plan.price_used, {plan.tokens, 0, 0});
  plan.output_cost = plan::cost_usd(plan.price_used, {0, 0, plan.output_tokens});
  plan.cost = *plan.input_cost + *plan.output_cost;
  plan.standard_cost = plan::cost_usd(prices->standard, {plan.tokens, 0, plan.output_tokens});
}

/// Runs of another name that this input was submitted to.
void find_earlier_runs(Context& context, const PlanSummary& plan, plan::WarningFacts& facts) {
  for (const Input& input : plan.inputs) {
    std::vector<std::string> runs = context.store.runs_with_input(input);
    std::erase(runs, plan.run_name);
    if (runs.empty()) continue;
    facts.same_input = input.shown_path;
    facts.submitted_before = std::move(runs);
    return;
  }
}

std::vector<plan::Warning> warn(Context& context, const Run& run, const PlanSurvey& survey, const ScanFacts& seen,
                                const PlanSummary& plan) {
  plan::WarningFacts facts;
  facts.model = run.settings.model;
  facts.known = context.catalogue->find(run.settings.model);
  facts.now = context.clock.now();
  facts.records = plan.records;
  facts.chunks = plan.chunks;
  facts.largest_chunk = survey.sizes.largest();
  facts.median_chunk = survey.sizes.median();
  facts.largest_chunk_name = "chunk " + std::to_string(survey.sizes.largest_index());
  facts.largest_record = plan.largest_record;
  facts.largest_record_at = plan.largest_record_at;
  facts.knows_cap = plan.cap_basis != CapBasis::assumed;
  facts.few_creates = is_sized_by_quota(run.settings) && plan.recommended.for_spacing;
  if (run.options.tier && !facts.knows_cap) facts.tier = run.options.tier;
  facts.compared = seen.compared;
  facts.equal = seen.equal;
  facts.sends_equal_once = run.settings.dedupe;
  for (const auto& field : seen.empty_fields) facts.empty_fields.push_back({field.name, field.records});
  facts.looked_at = seen.looked_at;
  facts.limited = seen.limited;
  facts.least_output = seen.least_output;
  facts.most_output = seen.most_output;
  facts.expect_output = run.options.expect_output;
  facts.has_price = plan.price.has_value();
  facts.has_long_price = plan.price && plan.price->batch_long;
  facts.cost = plan.cost;
  facts.max_cost = run.options.max_cost;
  facts.skipped = survey.unsent.skipped;
  facts.first_skipped = survey.first_skipped;
  find_earlier_runs(context, plan, facts);
  return plan::warnings_of(facts);
}

}  // namespace

void PlanSurvey::saw(const PlannedChunk& chunk, const Settings& settings) {
  sizes.add(chunk.index, chunk.tokens, chunk.body_bytes, chunk.records);
  if (chunk.index > 0 || !settings.pilot) return;
  pilot_records = chunk.records;
  pilot_tokens = chunk.tokens;
}

PlanSummary summarize(Context& context, const Run& run, const std::vector<Input>& inputs, const PlanSurvey& survey,
                      const Calibration& calibration) {
  PlanSummary plan;
  plan.run_name = run.name;
  plan.project = run.project;
  plan.settings = run.settings;
  plan.options = run.options;
  plan.inputs = inputs;
  plan.chunks = survey.sizes.chunks();
  plan.records = survey.sizes.records();
  plan.tokens = survey.sizes.tokens();
  plan.bytes = survey.sizes.bytes();
  plan.unsent = survey.unsent;
  if (plan.chunks > 1) {
    plan.pilot_records = survey.pilot_records;
    plan.pilot_tokens = survey.pilot_tokens;
  }
  plan.largest_chunk = survey.sizes.largest();
  plan.asked_size = asked_size(run.settings);
  const ScanFacts facts = survey.watch.facts();
  context.store.read([&] {
    const std::vector<FinishedJob> finished = context.store.finished_jobs(run.settings.model, kJobsLookedAt);
    tell_tokens(facts, finished, calibration, plan);
    tell_quota(context, run, finished, plan);
    tell_cost(context, run, facts, plan);
    plan.warnings = warn(context, run, survey, facts, plan);
  });
  return plan;
}

}  // namespace batchctl::app
