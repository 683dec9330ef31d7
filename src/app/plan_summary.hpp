// A plan as it is told before anything is sent: for `plan`, for `submit --dry-run`, and for the question on a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/calibration.hpp"
#include "app/context.hpp"
#include "app/money.hpp"
#include "plan/chunk_size.hpp"
#include "plan/estimate.hpp"
#include "plan/forecast.hpp"
#include "plan/warnings.hpp"
#include "records/scan.hpp"
#include "records/scan_facts.hpp"

namespace batchctl::app {

/// What a scan tells beside the chunks.
struct PlanSurvey {
  plan::ChunkSizes sizes;
  ScanWatch watch;
  UnsentTally unsent;
  std::string first_skipped;                         // its place, and why; empty: none was
  std::int64_t pilot_records = 0, pilot_tokens = 0;  // of chunk 0, when there is to be a pilot

  void saw(const PlannedChunk& chunk, const Settings& settings);
  void left_out(const UnsentRecord& record) { ++(record.same_as ? unsent.repeated : unsent.skipped); }
};

enum class CapBasis { told, learned, assumed };
inline constexpr std::array<std::string_view, 3> kCapBasisNames = {"told", "learned", "assumed_tier_1"};
constexpr std::string_view name_of(CapBasis basis) { return kCapBasisNames[static_cast<std::size_t>(basis)]; }

struct PlanSummary {
  std::string run_name, project;
  Settings settings;  // with the format that was found
  Options options;
  std::vector<Input> inputs;
  std::int64_t chunks = 0, records = 0, tokens = 0;  // of what is sent
  std::uint64_t bytes = 0;
  UnsentTally unsent;
  std::int64_t pilot_records = 0, pilot_tokens = 0;  // 0: nothing waits behind a pilot

  double token_factor = 1.0;           // real tokens over estimated ones, as far as is known
  int token_samples = 0;               // asked for now
  std::optional<plan::Spread> spread;  // how far such estimates were off
  std::int64_t largest_record = 0;     // tokens; 0: not known
  std::string largest_record_at;       // file:line

  std::string asked_size;  // the option that sizes the chunks; empty: the quota does
  plan::ChunkSize recommended;
  std::int64_t largest_chunk = 0;  // tokens
  std::int64_t cap = 0;            // tokens that may be enqueued
  CapBasis cap_basis = CapBasis::assumed;
  plan::Source cap_source;  // assumed, or told by a tier: where it is printed
  int slots = 0;            // jobs that may be active
  plan::Forecast forecast;
  std::int64_t waves = 0;            // times the quota must be filled
  std::optional<Duration> job_life;  // the middle one of `lives_seen` finished jobs; nullopt: none has finished here
  int lives_seen = 0;

  plan::ExpectedOutput output;                             // of one record
  std::int64_t output_tokens = 0;                          // of all
  std::optional<std::int64_t> asked_output, model_output;  // maxOutputTokens: the most asked for, the model's own
  std::optional<plan::PriceFacts> price;
  plan::Price price_used;                         // batch; that of long prompts when they are long
  std::optional<double> input_cost, output_cost;  // USD at batch price
  std::optional<double> cost, standard_cost;      // USD, input and output
  std::vector<plan::Warning> warnings;
};

/// `run` needs its settings, options and project, not a row of its own.
PlanSummary summarize(Context& context, const Run& run, const std::vector<Input>& inputs, const PlanSurvey& survey,
                      const Calibration& calibration);

}  // namespace batchctl::app
