#include "cli/phrases.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/count.hpp"
#include "base/text.hpp"

namespace batchctl::cli {

std::int64_t total_of(const ChunkTally& tally) {
  std::int64_t sum = 0;
  for (const std::int64_t n : tally) sum += n;
  return sum;
}

std::string chunk_words(const ChunkTally& tally) { return tally_words(tally, kChunkStateNames); }

std::string job_words(const JobTally& tally) { return tally_words(tally, kJobStateNames); }

int percent_done(const RecordTally& records) {
  const std::int64_t done = records.answered + records.failed;
  if (records.total <= 0 || done <= 0) return 0;
  if (done >= records.total) return 100;
  return static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(records.total));
}

std::string pause_words(const plan::Pause& pause, const Viewpoint& view) {
  std::string text;
  if (pause.reason == "RESOURCE_EXHAUSTED")
    text = fmt::format("The service answered RESOURCE_EXHAUSTED: \"{}\"", one_line(pause.message));
  else if (pause.reason == "PILOT")
    return one_line(pause.message, 400);
  else if (pause.reason == "OUTAGE")
    text = fmt::format("The service cannot be reached: {}", one_line(pause.message));
  else if (pause.reason == "COST_LIMIT")
    text = fmt::format("The cost limit is reached: {}", one_line(pause.message));
  else
    text = fmt::format("The quota is full: {}", one_line(pause.message));
  if (pause.kind == PauseKind::stock || pause.kind == PauseKind::unknown || pause.kind == PauseKind::jobs)
    text += "\nIt is freed when a job ends, not by waiting alone";
  if (pause.resume_at) text += fmt::format("\nCreating is tried again {}", when(*pause.resume_at, view));
  return text;
}

std::string cost_words(const app::RunReport& report) {
  const app::RunCost& cost = report.cost;
  if (!cost.actual || !cost.estimated || cost.price == nullptr) return "price unknown";
  std::string text =
      fmt::format("{} so far; the whole run is estimated at {} (prices of {})", app::spell_usd(*cost.actual),
                  app::spell_usd(*cost.estimated), cost.price->source.date);
  if (report.run.options.max_cost && cost.committed)
    text += fmt::format("\n{} of --max-cost {} committed", app::spell_usd(*cost.committed),
                        app::spell_usd(*report.run.options.max_cost));
  if (report.records.answered > 0)
    text += fmt::format("\n${:.6f} an answer", *cost.actual / static_cast<double>(report.records.answered));
  return text;
}

std::string end_words(const app::RunReport& report, const Viewpoint& view) {
  if (!report.eta) return {};
  if (*report.eta <= view.now) return "any moment";
  return when(std::max<Instant>(*report.eta, view.now + minutes{2}), view);  // to the second nobody knows it
}

bool is_driven(const Run& run, const Viewpoint& view) {
  return run.driver && (!view.is_at_work || view.is_at_work(*run.driver));
}

}  // namespace batchctl::cli
