// The one place where a chunk's state changes.
#include <fmt/format.h>

#include "store/sqlite_store.hpp"
#include "store/stored_json.hpp"
#include "store/words.hpp"

namespace batchctl::store {

const Sql kMoveChunk{
    "UPDATE chunk SET state = ?, not_before = ?, fails = ?, error_json = ?"
    " WHERE chunk = ? AND run = ? AND state = ? AND EXISTS (SELECT 1 FROM run WHERE run = ? AND epoch = ?)"};
const Sql kDropClaims{
    "UPDATE problem SET claimed_by = NULL, tries = tries + 1"
    " WHERE claimed_by = ?1 AND EXISTS (SELECT 1 FROM chunk WHERE chunk = ?1 AND kind = 'repair')"};
ChunkState SqliteStore::move(const ChunkMove& move) {
  connection_.must_be_writing();
  const ChunkRow* row = find_row(move.from, move.event);
  if (row == nullptr)
    throw Bug(fmt::format("the table has no row for {} and {}", name_of(move.from), name_of(move.event)));
  const std::optional<std::string> error = move.error ? std::optional{error_json(*move.error)} : std::nullopt;
  const std::int64_t changed = Query(connection_, kMoveChunk, name_of(row->to), move.not_before, move.fails, error,
                                     move.chunk, move.run, name_of(move.from), move.run, move.epoch)
                                   .run();
  if (changed == 0) {
    must_drive(move.run, move.epoch);
    throw Bug(fmt::format("chunk row {} is not {}, so it cannot have {}", move.chunk.value, name_of(move.from),
                          name_of(move.event)));
  }
  set_hold(move, row->hold);
  if (is_resting(row->to)) {
    Query(connection_, kDropClaims, move.chunk).run();  // however a repair ends, its records can be repaired again
    came_to_rest_.push_back(move.chunk);
  }
  add_journal_line(
      {move.at, move.run, move.chunk, move.job, name_of(move.from), name_of(move.event), name_of(row->to), move.why});
  return row->to;
}

// A job that has been seen ended never holds again: the list may show it ended before the create's answer is known.
const Sql kSetHold{
    "UPDATE job SET hold = CASE WHEN ended_at IS NULL THEN ? ELSE 'none' END WHERE job = ? AND chunk = ?"};
void SqliteStore::set_hold(const ChunkMove& move, HoldEffect effect) {
  Hold hold = Hold::none;
  switch (effect) {
    case HoldEffect::none:
    case HoldEffect::take:
      return;
    case HoldEffect::doubt:
      hold = Hold::unknown;
      break;
    case HoldEffect::keep:
      hold = Hold::live;
      break;
    case HoldEffect::release:
      hold = Hold::none;
      break;
  }
  if (Query(connection_, kSetHold, word_of(hold), move.job, move.chunk).run() != 1)
    throw Bug(fmt::format("{} of chunk row {} needs its job, and row {} is not", name_of(move.event), move.chunk.value,
                          move.job.value));
}

// Resting counts as covered (account.cpp): were nothing stored, every record of the chunk would look answered.
const Sql kIsAccounted{
    "SELECT EXISTS (SELECT 1 FROM job JOIN result USING (job) WHERE job.chunk = ?1)"
    " OR EXISTS (SELECT 1 FROM chunk JOIN problem ON problem.run = chunk.run WHERE chunk.chunk = ?1"
    "   AND problem.record BETWEEN chunk.first_record AND chunk.first_record + chunk.records + chunk.unsent - 1)"
    " OR EXISTS (SELECT 1 FROM chunk AS half WHERE half.replaces = ?1)"
    " OR (SELECT kind FROM chunk WHERE chunk = ?1) = 'repair'"};
void SqliteStore::must_be_accounted(ChunkKey chunk) {
  Query row(connection_, kIsAccounted, chunk);
  row.one();
  if (row.integer() == 0)
    throw Bug(
        fmt::format("chunk row {} came to rest, but neither store_result nor store_no_result said what became of"
                    " its records",
                    chunk.value));
}

}  // namespace batchctl::store
