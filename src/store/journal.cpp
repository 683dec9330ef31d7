#include "store/sqlite_store.hpp"
#include "store/stored_json.hpp"

namespace batchctl::store {

const Sql kAddJournalLine{
    "INSERT INTO journal (at, run, chunk, job, from_state, event, to_state, why_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"};
void SqliteStore::add_journal_line(const JournalRow& row) {
  const auto word = [](std::string_view text) { return text.empty() ? std::nullopt : std::optional{text}; };
  const std::optional<std::string> why = row.why.empty() ? std::nullopt : std::optional{why_json(row.why)};
  Query(connection_, kAddJournalLine, row.at, row.run, row.chunk, row.job, word(row.from), row.event, word(row.to), why)
      .run();
}

void SqliteStore::note(RunKey run, ChunkKey chunk, Instant at, const std::string& event, const std::string& why) {
  connection_.must_be_writing();
  add_journal_line({at, run, chunk, JobKey{}, "", event, "", why});
}

const Sql kUnswept{
    "SELECT coalesce(sum(event = 'intent_stored'), 0), coalesce(sum(event = 'create_unclear'), 0) FROM journal"
    " WHERE run = ?1 AND seq > (SELECT coalesce(max(seq), 0) FROM journal WHERE run = ?1 AND event = 'swept')"};
Unswept SqliteStore::unswept(RunKey run) {
  Query row(connection_, kUnswept, run);
  row.one();
  Unswept facts;
  facts.intents = row.integer() > 0;
  facts.unclear = row.integer() > 0;
  return facts;
}

namespace {

const std::string kJournalColumns =
    "SELECT journal.at, chunk.idx, coalesce(from_state, ''), event, coalesce(to_state, ''), why_json"
    " FROM journal LEFT JOIN chunk ON chunk.chunk = journal.chunk";

JournalLine read_line(Query& row) {
  JournalLine line;
  line.at = row.instant();
  if (const auto index = row.maybe_integer()) line.chunk_index = static_cast<int>(*index);
  line.from = row.text();
  line.event = row.text();
  line.to = row.text();
  if (const auto why = row.maybe_text()) line.why = why_of(*why);
  return line;
}

}  // namespace

const Sql kJournalOfRun{kJournalColumns + " WHERE journal.run = ? ORDER BY seq"};
// The plus keeps SQLite from reading the whole run's journal for one chunk.
const Sql kJournalOfChunk{kJournalColumns + " WHERE +journal.run = ? AND journal.chunk = ? ORDER BY seq"};
std::vector<JournalLine> SqliteStore::journal(RunKey run, std::optional<ChunkKey> chunk) {
  std::vector<JournalLine> all;
  if (chunk)
    for (Query row(connection_, kJournalOfChunk, run, *chunk); row.step();) all.push_back(read_line(row));
  else
    for (Query row(connection_, kJournalOfRun, run); row.step();) all.push_back(read_line(row));
  return all;
}

const Sql kCountEvents{"SELECT count(*) FROM journal WHERE chunk = ? AND event = ?"};
std::int64_t SqliteStore::count_events(ChunkKey chunk, ChunkEvent event) {
  Query row(connection_, kCountEvents, chunk, name_of(event));
  row.one();
  return row.integer();
}

// Notes of the run itself are few, and the newest is found from the end.
const Sql kNewestNote{
    "SELECT why_json FROM journal WHERE run = ? AND chunk IS NULL AND event = ? ORDER BY seq DESC LIMIT 1"};
std::optional<std::string> SqliteStore::newest_note(RunKey run, const std::string& event) {
  Query row(connection_, kNewestNote, run, event);
  if (!row.step()) return std::nullopt;
  const std::optional<std::string> why = row.maybe_text();
  return why ? why_of(*why) : "";
}

}  // namespace batchctl::store
