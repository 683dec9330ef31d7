#include "plan/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/count.hpp"
#include "base/text.hpp"

namespace batchctl::plan {

namespace {

constexpr std::int64_t kFewRecords = 20;     // (t) so few are answered at once for little more
constexpr std::int64_t kUnevenTimes = 4;     // (t) the largest chunk over the middle one
constexpr std::int64_t kUnevenChunks = 3;    // (t) with fewer there is no middle one
constexpr double kDuplicatesShare = 0.0005;  // (t) fewer equal records than one in two thousand are chance

using Warnings = std::vector<Warning>;

void about_model(const WarningFacts& facts, Warnings& all) {
  if (facts.known == nullptr) {
    all.push_back({"unknown_model", fmt::format("{} is in no list of ours: check its spelling, or describe it in a "
                                                "limits file; a wrong name is refused at the first job",
                                                facts.model)});
    return;
  }
  const Lifetime& life = facts.known->life;
  const std::string instead = life.successor.empty() ? "" : fmt::format("; its successor is {}", life.successor);
  const std::string source = fmt::format("({}, {})", life.source.page, life.source.date);
  const std::string note = life.note.empty() ? "" : "; " + life.note;
  switch (Catalogue::state_of(*facts.known, facts.now)) {
    case ModelState::retired:
      all.push_back({"retired_model",
                     life.ends.empty()
                         ? fmt::format("{} is retired {}{}{}", facts.model, source, instead, note)
                         : fmt::format("{} was retired on {} {}{}{}", facts.model, life.ends, source, instead, note)});
      return;
    case ModelState::deprecated:
      all.push_back({"deprecated_model",
                     life.ends.empty()
                         ? fmt::format("{} is deprecated {}{}{}", facts.model, source, instead, note)
                         : fmt::format("{} ends on {} {}{}{}", facts.model, life.ends, source, instead, note)});
      return;
    case ModelState::preview:
    case ModelState::current:
      if (!life.note.empty()) all.push_back({"model_note", fmt::format("{}: {} {}", facts.model, life.note, source)});
      return;
  }
}

void about_answers(const WarningFacts& facts, Warnings& all) {
  const auto model_limit = facts.known == nullptr ? std::nullopt : facts.known->max_output;
  if (model_limit && facts.most_output > *model_limit)
    all.push_back({"answers_above_model_limit",
                   fmt::format("maxOutputTokens {} is above the {} that {} can answer ({}, {}): such a request is "
                               "refused or cut",
                               count(facts.most_output), count(*model_limit), facts.model,
                               facts.known->max_output_source.page, facts.known->max_output_source.date)});
  if (!facts.expect_output) return;
  if (facts.limited > 0 && *facts.expect_output > facts.least_output)
    all.push_back({"answers_do_not_fit",
                   fmt::format("answers of {} tokens are expected, but maxOutputTokens is {}: they are cut, and cut "
                               "answers are paid for",
                               count(*facts.expect_output), count(facts.least_output))});
  else if (model_limit && *facts.expect_output > *model_limit)
    all.push_back({"answers_do_not_fit", fmt::format("answers of {} tokens are expected, but {} gives {} at most",
                                                     count(*facts.expect_output), facts.model, count(*model_limit))});
}

void about_chunks(const WarningFacts& facts, Warnings& all) {
  if (facts.few_creates)
    all.push_back(
        {"few_creates", "the service was seen to accept few creates in a time: fewer, larger jobs are planned"});
  if (facts.tier)
    all.push_back({"no_printed_limit", fmt::format("no limit is printed for {} at tier {}; the first refusal teaches "
                                                   "it. --enqueued-tokens N tells it",
                                                   facts.model, *facts.tier)});
  else if (!facts.knows_cap)
    all.push_back({"assumed_tier", "the quota is not known; tier 1 is assumed. --tier gives fewer, larger jobs"});
  if (facts.chunks == facts.records && facts.records > 1)
    all.push_back({"one_record_per_job",
                   fmt::format("each of the {} would be a job of its own, and at most 100 jobs are active at once; "
                               "give a larger chunk",
                               count(facts.records, "record"))});
  if (facts.chunks >= kUnevenChunks &&
      facts.largest_chunk > kUnevenTimes * std::max<std::int64_t>(facts.median_chunk, 1))
    all.push_back({"uneven_chunks",
                   fmt::format("{} holds about {} tokens, {:.0f} times the middle one ({}): it ends last and holds the "
                               "quota longest; --chunk-tokens {} evens them out",
                               facts.largest_chunk_name, count(facts.largest_chunk),
                               static_cast<double>(facts.largest_chunk) /
                                   static_cast<double>(std::max<std::int64_t>(facts.median_chunk, 1)),
                               count(facts.median_chunk), std::max<std::int64_t>(facts.median_chunk, 1))});
  if (facts.records <= kFewRecords)
    all.push_back({"few_records", fmt::format("{} only: a batch job takes minutes to 24 h; asked one by one they would "
                                              "be answered at once, at the standard price",
                                              count(facts.records, "record"))});
}

void about_records(const WarningFacts& facts, Warnings& all) {
  const double share = facts.compared == 0 ? 0 : static_cast<double>(facts.equal) / static_cast<double>(facts.compared);
  if (facts.skipped > 0)
    all.push_back({"skipped", fmt::format("{} cannot be sent and would be left out, counted as failed; the first: {}",
                                          count(facts.skipped, "record"), facts.first_skipped)});
  if (facts.equal > 0 && share >= kDuplicatesShare && !facts.sends_equal_once)
    all.push_back(
        {"duplicate_records", fmt::format("at least {} of the first {} ask what an earlier one asks; each is paid for",
                                          count(facts.equal), count(facts.compared, "record"))});
  for (const auto& field : facts.empty_fields)
    all.push_back({"empty_field", fmt::format("the field \"{}\" is there in {} and empty in all of them: was it filled "
                                              "when the file was made?",
                                              one_line(field.name, 40), count(field.records, "record"))});
  if (facts.has_long_price && facts.largest_record > kLongPrompt)
    all.push_back(
        {"long_prompts", fmt::format("{} is about {} tokens; above {} the higher price of long prompts holds, "
                                     "which the estimate leaves out where a job's mean is below",
                                     facts.largest_record_at, count(facts.largest_record), count(kLongPrompt))});
  if (!facts.submitted_before.empty()) {
    std::string runs;
    for (const std::string& run : facts.submitted_before) runs += (runs.empty() ? "" : ", ") + run;
    all.push_back({"already_submitted",
                   fmt::format("{} looks like the input of {} {} in this state file: its answers "
                               "would be paid for again",
                               facts.same_input, facts.submitted_before.size() == 1 ? "run" : "runs", runs)});
  }
}

/// Cents, and less when it is less than one.
std::string usd(double amount) { return amount < 0.01 ? fmt::format("{:.2g}", amount) : fmt::format("{:.2f}", amount); }

void about_money(const WarningFacts& facts, Warnings& all) {
  if (!facts.has_price)
    all.push_back({"no_price", fmt::format("no price is known for {}; a limits file can tell it", facts.model)});
  if (facts.cost && facts.max_cost && *facts.cost > *facts.max_cost)
    all.push_back({"above_max_cost", fmt::format("the estimate of ${} is above --max-cost {}: the run would stop "
                                                 "there, exit 4, and wait for a person",
                                                 usd(*facts.cost), usd(*facts.max_cost))});
}

}  // namespace

std::vector<Warning> warnings_of(const WarningFacts& facts) {
  Warnings all;
  about_model(facts, all);
  about_money(facts, all);
  about_answers(facts, all);
  about_chunks(facts, all);
  about_records(facts, all);
  return all;
}

}  // namespace batchctl::plan
