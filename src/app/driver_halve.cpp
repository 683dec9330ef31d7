// A chunk that the quota will never take whole: two new ones take over its records.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/driver.hpp"
#include "app/planning.hpp"
#include "base/text.hpp"
#include "plan/chunk_size.hpp"
#include "records/halves.hpp"

namespace batchctl::app {

void Driver::halve_what_never_fits(ChunkKey key) {
  const Chunk chunk = chunk_now(key);
  if (chunk.state != ChunkState::uploaded || chunk.kind != ChunkKind::base || chunk.records < 2) return;
  if (chunk.refused_alone < plan::kRefusedAlone || run_.stop) return;
  const std::int64_t largest = context_.store.largest_accepted(run_.project, run_.settings.model);
  if (!plan::can_never_fit(chunk.refused_alone, chunk.tokens, largest)) return;
  std::array<NewChunk, 2> halves;
  try {
    std::array<PlannedChunk, 2> cut = cut_in_two(chunk, context_.store.spans(key), inputs_, run_.settings);
    std::transform(cut.begin(), cut.end(), halves.begin(),
                   [&](PlannedChunk& half) { return stored_form(std::move(half), chunk.label); });
  } catch (const Fatal& problem) {
    if (problem.code() != "input_changed") throw;
    return commit([&] { stop_for("input_changed", problem.what()); });
  }
  std::string why;
  commit([&] {
    const int first = context_.store.add_halves(run_.key, key, halves);
    why = fmt::format(
        "refused {} times with nothing else in flight, although it is all there is: chunks {} and {} take "
        "over its {}",
        chunk.refused_alone, first, first + 1, spell_count(static_cast<std::uint64_t>(chunk.records), "record"));
    move(chunk, ChunkEvent::chunk_halved, {.why = why, .error = why});
  });
  context_.observer.says(run_, fmt::format("chunk {}: {}", chunk.index, why));
}

}  // namespace batchctl::app
