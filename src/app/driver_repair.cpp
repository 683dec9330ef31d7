// Records without a usable answer are claimed and planned into repair chunks: by itself after passing failures, and
// when a person asks for it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/driver.hpp"
#include "base/text.hpp"
#include "plan/repair.hpp"
#include "records/request_overrides.hpp"

namespace batchctl::app {

void Driver::plan_repairs() {
  if (!look_for_repairs_ || !may_repair()) return;
  // What a second job of a create has answered is stored first: it may be the very records.
  const bool twin_comes_home = std::any_of(twins_.begin(), twins_.end(), [](const auto& entry) {
    return entry.second.is_fetching || entry.second.has_output_to_fetch();
  });
  if (twin_comes_home) return;
  look_for_repairs_ = false;
  const ChunkTally chunks = context_.store.chunk_tally(run_.key);
  const RepairTally tally = context_.store.repair_tally(run_.key, run_.options.retry_attempts);
  plan::RepairFacts facts;
  facts.waiting = tally.passing;
  for (std::size_t i = 0; i < kChunkStates; ++i)
    if (!is_resting(static_cast<ChunkState>(i))) facts.chunks_open += chunks[i];
  facts.full_chunk = run_.records / std::max<std::int64_t>(1, tally.base_chunks);
  if (!plan::repair_is_due(facts)) return;
  repair(context_.store.passing_problems(run_.key, run_.options.retry_attempts), {}, "failed for a passing reason");
}

std::int64_t Driver::repair(const RepairWish& wish) {
  std::vector<RecordStatus> statuses = wish.only;
  if (statuses.empty()) {
    using enum RecordStatus;
    statuses = {truncated, invalid, empty, blocked, error, missing};
  }
  // Outcomes that the same request fits go into chunks together.
  std::vector<std::pair<Overrides, std::vector<RecordStatus>>> ways;
  const std::string& model = wish.overrides.model ? *wish.overrides.model : run_.settings.model;
  for (const RecordStatus status : statuses) {
    const Overrides way = laid_over(plan::fitting(status, model, run_.settings.schema), wish.overrides);
    const auto known = std::find_if(ways.begin(), ways.end(), [&](const auto& other) { return other.first == way; });
    if (known == ways.end())
      ways.emplace_back(way, std::vector{status});
    else
      known->second.push_back(status);
  }
  std::int64_t repaired = 0;
  for (const auto& [way, outcomes] : ways) {
    std::string words;
    for (const RecordStatus status : outcomes) words += fmt::format("{}{}", words.empty() ? "" : ", ", name_of(status));
    repaired += repair(context_.store.open_problems(run_.key, outcomes), way, "asked for: " + words);
  }
  return repaired;
}

std::int64_t Driver::repair(const std::vector<std::int64_t>& records, const Overrides& overrides,
                            const std::string& why) {
  if (records.empty()) return 0;
  std::vector<NewChunk> chunks;
  try {
    chunks = cut_repairs(context_, run_, inputs_, records, overrides);
  } catch (const Fatal& problem) {
    if (problem.exit() != ExitCode::mismatch) throw;
    commit([&] { stop_for("input_changed", problem.what()); });
    return 0;
  }
  std::int64_t repaired = 0;
  for (NewChunk& chunk : chunks) {
    const std::int64_t n = chunk.records;
    int index = 0;
    commit([&] {
      index = context_.store.add_repair(run_.key, std::move(chunk));
      context_.store.note(run_.key, context_.store.chunk_at(run_.key, index)->key, context_.clock.now(),
                          "repair_planned",
                          fmt::format("{}: {}", spell_count(static_cast<std::uint64_t>(n), "record"), why));
    });
    repaired += n;
  }
  if (repaired > 0) {
    last_progress_ = context_.clock.now();
    context_.observer.says(
        run_, fmt::format("{} without a usable answer {} asked again in {} ({})",
                          spell_count(static_cast<std::uint64_t>(repaired), "record"), repaired == 1 ? "is" : "are",
                          spell_count(static_cast<std::uint64_t>(chunks.size()), "repair chunk"), why));
  } else {
    look_for_repairs_ = true;  // interrupted
  }
  return repaired;
}

/// A late answer came to a record of a repair chunk that no job was made of yet: it must not be asked for again.
bool Driver::is_outdated(const Chunk& chunk) {
  return chunk.kind == ChunkKind::repair && context_.store.claims(chunk.key) < chunk.records;
}

/// Within a commit. Its body never changes, so the chunk ends here; what is left of it can be claimed anew.
void Driver::drop_repair(const Chunk& chunk) {
  move(chunk, ChunkEvent::cancel_requested, {.why = "a late answer came to a record of it; nothing was sent again"});
}

}  // namespace batchctl::app
