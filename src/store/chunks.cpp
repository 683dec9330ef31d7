#include <fmt/format.h>

#include "store/sqlite_store.hpp"
#include "store/stored_json.hpp"
#include "store/words.hpp"

namespace batchctl::store {

namespace {

const std::string kChunkColumns =
    "chunk, run, idx, kind, label, records, first_record, unsent, body_bytes, body_sha, tokens_est, overrides_json,"
    " replaces, state, not_before, fails, refused_alone, error_json";

ChunkState state_named(const std::string& word) {
  const std::optional<ChunkState> state = chunk_state_named(word);
  if (!state) throw Bug("no such chunk state: " + word);
  return *state;
}

Chunk read_chunk(Query& row) {
  Chunk chunk;
  chunk.key = ChunkKey{row.integer()};
  chunk.run = RunKey{row.integer()};
  chunk.index = row.small();
  chunk.kind = enum_of<ChunkKind>(kChunkKindNames, row.text()).value_or(ChunkKind::base);
  chunk.label = row.maybe_text();
  chunk.records = row.integer();
  chunk.first_record = row.integer();
  chunk.unsent = row.integer();
  chunk.body_bytes = row.size();
  chunk.body_sha256 = row.text();
  chunk.tokens = row.integer();
  if (const auto overrides = row.maybe_text()) chunk.overrides = overrides_of(*overrides);
  chunk.replaces = ChunkKey{row.maybe_integer().value_or(0)};
  chunk.state = state_named(row.text());
  chunk.not_before = row.maybe_instant();
  chunk.fails = row.small();
  chunk.refused_alone = row.small();
  if (const auto error = row.maybe_text()) chunk.error = error_of(*error);
  return chunk;
}

}  // namespace

const Sql kAddChunk{
    "INSERT INTO chunk (run, idx, kind, label, records, first_record, unsent, body_bytes, body_sha, tokens_est,"
    " overrides_json, replaces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
const Sql kAddSpan{
    "INSERT INTO span (chunk, ordinal, first_record, n, first_line, input, src_offset, src_bytes)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"};
ChunkKey SqliteStore::add_chunk(RunKey run, const NewChunk& chunk) {
  const bool overrides = chunk.overrides != Overrides{};
  Query(connection_, kAddChunk, run, chunk.index, word_of(chunk.kind), chunk.label, chunk.records, chunk.first_record,
        chunk.unsent, chunk.body_bytes, chunk.body_sha256, chunk.tokens,
        overrides ? std::optional{overrides_json(chunk.overrides)} : std::nullopt,
        chunk.replaces.empty() ? std::nullopt : std::optional{chunk.replaces.value})
      .run();
  const ChunkKey key{connection_.last_row()};
  int ordinal = 0;
  for (const Span& span : chunk.spans)
    Query(connection_, kAddSpan, key, ordinal++, span.first_record, span.records, span.first_line, span.input,
          span.offset, span.bytes)
        .run();
  return key;
}

const Sql kChunk{"SELECT " + kChunkColumns + " FROM chunk WHERE chunk = ?"};
std::optional<Chunk> SqliteStore::chunk(ChunkKey chunk) {
  Query row(connection_, kChunk, chunk);
  return row.step() ? std::optional{read_chunk(row)} : std::nullopt;
}

const Sql kChunkAt{"SELECT " + kChunkColumns + " FROM chunk WHERE run = ? AND idx = ?"};
std::optional<Chunk> SqliteStore::chunk_at(RunKey run, int index) {
  Query row(connection_, kChunkAt, run, index);
  return row.step() ? std::optional{read_chunk(row)} : std::nullopt;
}

const Sql kChunks{"SELECT " + kChunkColumns + " FROM chunk WHERE run = ? AND idx BETWEEN ? AND ? ORDER BY idx"};
std::vector<Chunk> SqliteStore::chunks(RunKey run, int from, int to) {
  std::vector<Chunk> all;
  for (Query row(connection_, kChunks, run, from, to); row.step();) all.push_back(read_chunk(row));
  return all;
}

const Sql kChunksIn{"SELECT " + kChunkColumns + " FROM chunk WHERE run = ? AND state = ? ORDER BY idx LIMIT ?"};
const Sql kChunksReadyIn{"SELECT " + kChunkColumns +
                         " FROM chunk WHERE run = ? AND state = ? AND (not_before IS NULL OR not_before <= ?)"
                         " ORDER BY idx LIMIT ?"};
std::vector<Chunk> SqliteStore::chunks_in(RunKey run, ChunkState state, std::optional<Instant> ready_at, int limit) {
  std::vector<Chunk> all;
  if (ready_at)
    for (Query row(connection_, kChunksReadyIn, run, name_of(state), *ready_at, limit); row.step();)
      all.push_back(read_chunk(row));
  else
    for (Query row(connection_, kChunksIn, run, name_of(state), limit); row.step();) all.push_back(read_chunk(row));
  return all;
}

// Where the pilot ends: chunk 0, or its halves.
const std::string kPilotEnd = "(SELECT first_record + records + unsent FROM chunk WHERE run = ?1 AND idx = 0)";
const std::string kReadyThen = " AND state = ?2 AND (?3 IS NULL OR not_before IS NULL OR not_before <= ?3)";
const Sql kPilotChunksIn{"SELECT " + kChunkColumns + " FROM chunk WHERE run = ?1 AND idx = 0 AND kind = 'base'" +
                         kReadyThen + " UNION ALL SELECT " + kChunkColumns +
                         " FROM chunk INDEXED BY chunk_halves WHERE run = ?1 AND replaces IS NOT NULL"
                         "   AND kind = 'base' AND first_record < " +
                         kPilotEnd + kReadyThen + " UNION ALL SELECT " + kChunkColumns +
                         " FROM chunk INDEXED BY chunk_repair WHERE run = ?1 AND kind = 'repair'" + kReadyThen +
                         " ORDER BY 3 LIMIT ?4"};
std::vector<Chunk> SqliteStore::pilot_chunks_in(RunKey run, ChunkState state, std::optional<Instant> ready_at,
                                                int limit) {
  std::vector<Chunk> all;
  for (Query row(connection_, kPilotChunksIn, run, name_of(state), ready_at, limit); row.step();)
    all.push_back(read_chunk(row));
  return all;
}

const Sql kChunksBehindPilot{
    "SELECT count(*) FROM chunk WHERE run = ?1 AND state IN ('planned', 'uploading', 'uploaded') AND kind = 'base'"
    " AND first_record >= " +
    kPilotEnd};
std::int64_t SqliteStore::chunks_behind_pilot(RunKey run) {
  Query row(connection_, kChunksBehindPilot, run);
  row.one();
  return row.integer();
}

const Sql kNextReady{"SELECT min(not_before) FROM chunk WHERE run = ? AND state = ? AND not_before > ?"};
std::optional<Instant> SqliteStore::next_ready(RunKey run, ChunkState state, Instant now) {
  Query row(connection_, kNextReady, run, name_of(state), now);
  row.one();
  return row.maybe_instant();
}

const Sql kChunkTally{"SELECT state, count(*) FROM chunk WHERE run = ? GROUP BY state"};
const Sql kActiveTally{
    "SELECT state, count(*) FROM chunk WHERE run = ?1 AND state IN ('uploading', 'uploaded', 'creating', 'reconciling',"
    " 'submitted', 'fetching', 'cancelling') GROUP BY state"
    " UNION ALL SELECT 'planned', EXISTS (SELECT 1 FROM chunk WHERE run = ?1 AND state = 'planned')"};
ChunkTally SqliteStore::tally_by(const Sql& sql, RunKey run) {
  ChunkTally tally{};
  for (Query row(connection_, sql, run); row.step();) {
    const ChunkState state = state_named(row.text());
    tally[static_cast<std::size_t>(state)] = row.integer();
  }
  return tally;
}
ChunkTally SqliteStore::chunk_tally(RunKey run) {
  return connection_.is_reading() ? sums_of(run).chunks : tally_by(kChunkTally, run);
}

const Sql kChunkSums{
    "SELECT state, count(*), sum(tokens_est), sum(records), sum(iif(kind = 'base', tokens_est, 0)) FROM chunk"
    " WHERE run = ? GROUP BY state"};
const SqliteStore::ChunkSums& SqliteStore::sums_of(RunKey run) {
  if (connection_.is_reading() && sums_ && sums_->run == run) return *sums_;
  ChunkSums sums;
  sums.run = run;
  for (Query row(connection_, kChunkSums, run); row.step();) {
    const ChunkState state = state_named(row.text());
    sums.chunks[static_cast<std::size_t>(state)] = row.integer();
    const std::int64_t tokens = row.integer(), records = row.integer();
    sums.base_tokens += row.integer();
    if (state == ChunkState::planned || state == ChunkState::uploading || state == ChunkState::uploaded) {
      sums.unsent.tokens += tokens;
      sums.unsent.records += records;
    }
  }
  return sums_.emplace(sums);
}

ChunkTally SqliteStore::active_tally(RunKey run) { return tally_by(kActiveTally, run); }

// INDEXED BY, because SQLite would rather read all chunks in order than sort the few.
const Sql kEndedChunks{
    "SELECT chunk FROM chunk INDEXED BY chunk_by_state WHERE run = ? AND state IN ('submitted', 'cancelling')"
    " AND NOT EXISTS (SELECT 1 FROM job WHERE job.chunk = chunk.chunk AND hold <> 'none' AND origin <> 'duplicate')"
    " ORDER BY idx"};
std::vector<ChunkKey> SqliteStore::ended_chunks(RunKey run) {
  std::vector<ChunkKey> all;
  for (Query row(connection_, kEndedChunks, run); row.step();) all.push_back(ChunkKey{row.integer()});
  return all;
}

const Sql kLargestBody{"SELECT coalesce(max(body_bytes), 0) FROM chunk WHERE run = ?"};
std::uint64_t SqliteStore::largest_body(RunKey run) {
  Query row(connection_, kLargestBody, run);
  row.one();
  return row.size();
}

const Sql kSpans{
    "SELECT first_record, n, first_line, input, src_offset, src_bytes FROM span WHERE chunk = ? ORDER BY ordinal"};
std::vector<Span> SqliteStore::spans(ChunkKey chunk) {
  std::vector<Span> all;
  for (Query row(connection_, kSpans, chunk); row.step();) {
    Span span;
    span.first_record = row.integer();
    span.records = row.integer();
    span.first_line = row.integer();
    span.input = row.small();
    span.offset = row.size();
    span.bytes = row.size();
    all.push_back(span);
  }
  return all;
}

const Sql kHalves{"SELECT " + kChunkColumns + " FROM chunk WHERE replaces = ? ORDER BY first_record"};
std::vector<Chunk> SqliteStore::halves(ChunkKey chunk) {
  std::vector<Chunk> all;
  for (Query row(connection_, kHalves, chunk); row.step();) all.push_back(read_chunk(row));
  return all;
}

const Sql kNextIndex{"SELECT coalesce(max(idx) + 1, 0) FROM chunk WHERE run = ?"};
int SqliteStore::next_index(RunKey run) {
  Query row(connection_, kNextIndex, run);
  row.one();
  return row.small();
}

const Sql kCountRepeatsOfHalves{
    "UPDATE chunk SET repeats = (SELECT count(*) FROM unsent WHERE unsent.run = chunk.run"
    "   AND same_as >= chunk.first_record AND same_as < chunk.first_record + chunk.records + chunk.unsent)"
    " WHERE replaces = ?"};
const Sql kDropRepeats{"UPDATE chunk SET repeats = 0 WHERE chunk = ?"};
int SqliteStore::add_halves(RunKey run, ChunkKey chunk, std::array<NewChunk, 2> halves) {
  connection_.must_be_writing();
  const int first = next_index(run);
  int index = first;
  for (NewChunk& half : halves) {
    half.index = index++;
    half.replaces = chunk;
    add_chunk(run, half);
  }
  // Who repeats one of its records, repeats one of a half's.
  Query(connection_, kCountRepeatsOfHalves, chunk).run();
  Query(connection_, kDropRepeats, chunk).run();
  return first;
}

const Sql kCountRefusedAlone{"UPDATE chunk SET refused_alone = refused_alone + 1 WHERE chunk = ?"};
void SqliteStore::count_refused_alone(ChunkKey chunk) {
  connection_.must_be_writing();
  Query(connection_, kCountRefusedAlone, chunk).run();
}

}  // namespace batchctl::store
