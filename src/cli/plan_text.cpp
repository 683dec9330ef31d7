// The plan for people: every figure beside those that it can be worked out from.
#include <fmt/format.h>

#include <cmath>

#include "base/count.hpp"
#include "base/text.hpp"
#include "cli/text.hpp"
#include "records/line_format.hpp"

namespace batchctl::cli {

namespace {

using app::PlanSummary;
using app::spell_usd;

std::string size(double bytes) { return spell_size(static_cast<std::uint64_t>(bytes)); }

std::int64_t mean_up(std::int64_t sum, std::int64_t n) { return n <= 0 ? 0 : (sum + n - 1) / n; }

std::string row(std::string_view name, const std::string& text) { return fmt::format("  {:<9}{}\n", name, text); }
std::string more(const std::string& text) { return row("", text); }

std::string token_rows(const PlanSummary& plan) {
  std::string basis = "an estimate by kinds of letters; --calibrate asks the service";
  if (plan.token_samples > 0)
    basis = fmt::format("{} counted by the service: {:.2f} times our estimate", count(plan.token_samples, "sample"),
                        plan.token_factor);
  else if (plan.token_factor != 1.0)
    basis = fmt::format("{:.2f} times our estimate, by what earlier jobs took", plan.token_factor);
  std::string text = row("tokens", fmt::format("about {} of input ({})", count(plan.tokens), basis));
  if (plan.spread) {
    const auto part = [&](double factor) {
      return count(static_cast<std::int64_t>(std::llround(static_cast<double>(plan.tokens) * factor)));
    };
    const bool jobs = plan.spread->basis == plan::Spread::Basis::jobs;
    text += more(fmt::format("± {} to {}: {} came to {:.2f} to {:.2f} times that", part(plan.spread->low),
                             part(plan.spread->high),
                             jobs ? fmt::format("{} of this model", count(plan.spread->count, "finished job"))
                                  : count(plan.spread->count, "sample"),
                             plan.spread->low, plan.spread->high));
  } else {
    text += more("± not known: too few jobs of this model have finished here to tell how far off it is");
  }
  const double mean = static_cast<double>(plan.tokens) / static_cast<double>(std::max<std::int64_t>(plan.records, 1));
  std::string record =
      mean < 1000 ? fmt::format("{:.1f} a record", mean) : fmt::format("{} a record", count(std::llround(mean)));
  if (!plan.largest_record_at.empty())
    record += fmt::format(" (most: {} at {})", count(plan.largest_record), plan.largest_record_at);
  return text + more(fmt::format("{}, {} a chunk (most: {})", record, count(plan.forecast.tokens_a_chunk),
                                 count(plan.largest_chunk)));
}

std::string chunk_rows(const PlanSummary& plan) {
  const std::string by = plan.asked_size.empty() ? "sized by the quota" : "sized by --" + plan.asked_size;
  std::string text = row("chunks", fmt::format("{} of about {} and {}, {}", count(plan.chunks),
                                               count(mean_up(plan.records, plan.chunks), "record"),
                                               size(static_cast<double>(plan.forecast.bytes_a_chunk)), by));
  const plan::ChunkSize& best = plan.recommended;
  const std::int64_t records =
      std::max<std::int64_t>(1, best.tokens / std::max<std::int64_t>(mean_up(plan.tokens, plan.records), 1));
  const std::string why =
      best.for_spacing
          ? "few creates are accepted in a time, so the quota fills only with larger ones"
          : fmt::format("{} / {}, so that 95 % of the job slots fill it", count(plan.cap),
                        count(std::max<std::int64_t>(plan.cap / std::max<std::int64_t>(best.tokens, 1), 1)));
  return text + more(fmt::format("recommended: {} tokens (and {} at most), about {} ({})", count(best.tokens),
                                 size(static_cast<double>(best.bytes)), count(records, "record"), why));
}

std::string cap_basis(const PlanSummary& plan) {
  const std::string printed =
      plan.cap_source.page.empty() ? "" : fmt::format(" ({}, {})", plan.cap_source.page, plan.cap_source.date);
  switch (plan.cap_basis) {
    case app::CapBasis::told:
      return (plan.options.enqueued_tokens ? "told by --enqueued-tokens"
                                           : fmt::format("tier {}", plan.options.tier.value_or(0))) +
             printed;
    case app::CapBasis::learned:
      return "learned from refusals";
    case app::CapBasis::assumed:
      return printed.empty() ? "assumed, for none is known of this model" : "tier 1 is assumed" + printed;
  }
  return {};
}

std::string binding(const PlanSummary& plan) {
  switch (plan.forecast.binds) {
    case plan::Binds::nothing:
      return "everything fits at once";
    case plan::Binds::tokens:
      return "tokens bind";
    case plan::Binds::jobs:
      return "job slots bind";
    case plan::Binds::storage:
      return "storage binds";
  }
  return {};
}

std::string quota_rows(const PlanSummary& plan) {
  const plan::Forecast& f = plan.forecast;
  std::string text = row("quota", fmt::format("{} tokens enqueued, {}; {}", count(plan.cap), cap_basis(plan),
                                              count(plan.slots, "job slot")));
  text +=
      more(fmt::format("at once {} = the least of {} ({} / {} tokens), {} (slots), {} (16 of 20 GB / {}): {}",
                       count(f.at_once), count(f.by_tokens), count(plan.cap), count(f.tokens_a_chunk), count(f.by_jobs),
                       count(f.by_storage), size(static_cast<double>(f.bytes_a_chunk)), binding(plan)));
  text +=
      row("waves", fmt::format("{} = {} / {}, rounded up", count(plan.waves), count(plan.chunks), count(f.at_once)));
  if (plan.job_life && f.length)
    return text + row("end", fmt::format("in about {}, {} x {}: half of the last {} of this model here took less",
                                         spell_duration(*f.length), count(plan.waves), spell_duration(*plan.job_life),
                                         count(plan.lives_seen, "job")));
  return text + row("end",
                    "not known: no job of this model has finished here; the service promises 24 h a job, and "
                    "often needs minutes");
}

std::string output_rows(const PlanSummary& plan) {
  const std::string limit = plan.asked_output ? fmt::format("maxOutputTokens is {}", count(*plan.asked_output))
                                              : std::string("no maxOutputTokens is asked");
  std::string why;
  switch (plan.output.basis) {
    case plan::OutputBasis::answers:
      why = "the mean of this run's answers";
      break;
    case plan::OutputBasis::told:
      why = "--expect-output";
      break;
    case plan::OutputBasis::max_output:
    case plan::OutputBasis::usual:
      why = fmt::format("a guess, min(maxOutputTokens, {}): {}; --expect-output N tells better", plan::kUsualOutput,
                        limit);
      break;
  }
  return row("output", fmt::format("about {} = {} x {:.0f}, thinking included ({})", count(plan.output_tokens),
                                   count(plan.records), plan.output.tokens, why));
}

std::string cost_rows(const PlanSummary& plan) {
  if (!plan.cost || !plan.price) return row("cost", "price unknown; a limits file can tell it (--limits-file)");
  const plan::Price& price = plan.price_used;
  std::string text = row("cost", fmt::format("about {} at batch price; at the standard price {}", spell_usd(*plan.cost),
                                             spell_usd(plan.standard_cost.value_or(0))));
  text += more(
      fmt::format("input  {} = {} x ${:g} / 1,000,000", spell_usd(*plan.input_cost), count(plan.tokens), price.input));
  text += more(fmt::format("output {} = {} x ${:g} / 1,000,000", spell_usd(*plan.output_cost),
                           count(plan.output_tokens), price.output));
  const plan::Source& source = plan.price->source;
  text += more(fmt::format("prices of {}: {}, {} ({})", plan.settings.model, source.page, source.date, source.basis));
  if (plan.options.max_cost) text += more(fmt::format("--max-cost {}", spell_usd(*plan.options.max_cost)));
  return text;
}

}  // namespace

std::string plan_text(const PlanSummary& plan) {
  const std::int64_t all = plan.records + plan.unsent.skipped + plan.unsent.repeated;
  std::string text = fmt::format("{}: {} in {}, {} to send\n", plan.run_name, count(all, "record"),
                                 count(plan.chunks, "chunk"), spell_size(plan.bytes));
  text += row("format", described_format(plan.settings.format));
  text += row("model", plan.settings.model);
  if (plan.unsent.repeated > 0)
    text += row("repeats",
                fmt::format("{} not sent: an earlier one has the same request", count(plan.unsent.repeated, "record")));
  if (plan.pilot_records > 0)
    text += row("pilot",
                fmt::format("{} (about {} of input) first, alone as chunk 0; the rest waits for: batchctl resume "
                            "{} --release",
                            count(plan.pilot_records, "record"), count(plan.pilot_tokens, "token"), plan.run_name));
  text += token_rows(plan) + chunk_rows(plan) + quota_rows(plan) + output_rows(plan) + cost_rows(plan);
  const double held = static_cast<double>(std::min(plan.chunks, plan.forecast.at_once)) *
                      static_cast<double>(plan.forecast.bytes_a_chunk);
  text += row("storage", fmt::format("{} uploaded in all, about {} at once, of 20 GB",
                                     size(static_cast<double>(plan.bytes)), size(held)));
  for (const plan::Warning& warning : plan.warnings) text += row("warning", warning.message);
  return text;
}

}  // namespace batchctl::cli
