// Results as they were fetched: counts, and the history of the records that were not ok.
#include <fmt/format.h>

#include <algorithm>

#include "store/sqlite_store.hpp"
#include "store/words.hpp"

namespace batchctl::store {

namespace {

RecordStatus status_named(const std::string& word) {
  const std::optional<RecordStatus> status = record_status_named(word);
  if (!status) throw Bug("no such record status: " + word);
  return *status;
}

bool agree(const Problem& one, const Problem& other) {
  return one.status == other.status && one.code == other.code && one.message == other.message &&
         one.tokens_in == other.tokens_in && one.tokens_out == other.tokens_out;
}

std::vector<Problem> sorted_by_record(std::span<const Problem> problems) {
  std::vector<Problem> sorted(problems.begin(), problems.end());
  std::sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) { return a.record < b.record; });
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].status == RecordStatus::ok || sorted[i].status == RecordStatus::outstanding)
      throw Bug(fmt::format("record {} is {}, which is no problem", sorted[i].record, name_of(sorted[i].status)));
    if (i > 0 && sorted[i].record == sorted[i - 1].record)
      throw Bug(fmt::format("record {} has two problems in one result", sorted[i].record));
  }
  return sorted;
}

}  // namespace

const Sql kAddResult{
    "INSERT INTO result (job, raw_path, bytes, sha256, lines, ok, not_ok, missing, dup_lines, unknown_keys, tok_in,"
    " tok_out, tok_think, tok_cached, tok_wasted, fetched_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
void SqliteStore::store_result(RunKey run, ChunkKey chunk, JobKey job, const ResultSummary& summary,
                               std::span<const Problem> problems, Instant at) {
  connection_.must_be_writing();
  const Chunk owner = owner_of(run, chunk, job);
  const std::vector<Problem> sorted = sorted_by_record(problems);
  Query(connection_, kAddResult, job, summary.raw_path, summary.bytes, summary.sha256, summary.lines, summary.ok,
        summary.not_ok, summary.missing, summary.duplicate_lines, summary.unknown_keys, summary.tokens_in,
        summary.tokens_out, summary.tokens_thinking, summary.tokens_cached, summary.tokens_wasted, at)
      .run();
  add_outcomes(job, sorted);
  std::size_t next = 0;
  account(owner, job, [&] { return next < sorted.size() ? &sorted[next++] : nullptr; });
}

void SqliteStore::store_no_result(RunKey run, ChunkKey chunk, JobKey job, RecordStatus status,
                                  std::optional<std::int64_t> code, const std::string& message) {
  connection_.must_be_writing();
  if (status == RecordStatus::ok || status == RecordStatus::outstanding)
    throw Bug(fmt::format("a chunk without output cannot make its records {}", name_of(status)));
  const Chunk owner = owner_of(run, chunk, job);
  Problem problem{0, status, code, message, 0, 0};
  const std::vector<Stretch> stretches = stretches_of(owner);
  std::size_t stretch = 0;
  std::int64_t offset = 0;
  account(owner, job, [&]() -> const Problem* {
    if (stretch < stretches.size() && offset == stretches[stretch].n) {
      ++stretch;
      offset = 0;
    }
    if (stretch == stretches.size()) return nullptr;
    problem.record = stretches[stretch].first + offset++;
    return &problem;
  });
}

const Sql kJobIsOfChunk{"SELECT 1 FROM job WHERE job = ? AND chunk = ?"};
Chunk SqliteStore::owner_of(RunKey run, ChunkKey chunk, JobKey job) {
  std::optional<Chunk> owner = this->chunk(chunk);
  if (!owner || owner->run != run) throw Bug(fmt::format("chunk row {} is not of run row {}", chunk.value, run.value));
  if (!job.empty() && !Query(connection_, kJobIsOfChunk, job, chunk).step())
    throw Bug(fmt::format("job row {} is not of chunk row {}", job.value, chunk.value));
  return *std::move(owner);
}

const Sql kAddOutcome{
    "INSERT INTO outcome (job, first_record, n, status, code, msg, tok_in, tok_out) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"};
void SqliteStore::add_outcomes(JobKey job, std::span<const Problem> sorted) {
  for (std::size_t first = 0; first < sorted.size();) {
    const Problem& problem = sorted[first];
    std::size_t end = first + 1;
    while (end < sorted.size() && sorted[end].record == sorted[end - 1].record + 1 && agree(sorted[end], problem))
      ++end;
    Query(connection_, kAddOutcome, job, problem.record, static_cast<std::int64_t>(end - first),
          name_of(problem.status), problem.code, message_id(problem.message), problem.tokens_in, problem.tokens_out)
        .run();
    first = end;
  }
}

const Sql kFindMessage{"SELECT msg FROM message WHERE text = ?"};
const Sql kAddMessage{"INSERT INTO message (text) VALUES (?)"};
std::optional<std::int64_t> SqliteStore::message_id(const std::string& text) {
  if (text.empty()) return std::nullopt;
  {
    Query row(connection_, kFindMessage, text);
    if (row.step()) return row.integer();
  }
  Query(connection_, kAddMessage, text).run();
  return connection_.last_row();
}

namespace {

const std::string kResultColumns =
    "result.seq, job.chunk, result.job, coalesce(job.name, ''), job.attempt,"
    " coalesce((SELECT keys FROM file WHERE file.file = job.file), 'wire'), result.raw_path, result.bytes, "
    "result.sha256,"
    " result.lines, result.ok, result.not_ok, result.missing, result.dup_lines, result.unknown_keys, result.tok_in,"
    " result.tok_out, result.tok_think, result.tok_cached, result.tok_wasted";

StoredResult read_result(Query& row) {
  StoredResult result;
  result.seq = row.integer();
  result.chunk = ChunkKey{row.integer()};
  result.job = JobKey{row.integer()};
  result.job_name = JobName{row.text()};
  result.attempt = row.small();
  result.keys = enum_of<LineKeys>(kLineKeysNames, row.text()).value_or(LineKeys::wire);
  ResultSummary& summary = result.summary;
  summary.raw_path = row.text();
  summary.bytes = row.size();
  summary.sha256 = row.text();
  summary.lines = row.integer();
  summary.ok = row.integer();
  summary.not_ok = row.integer();
  summary.missing = row.integer();
  summary.duplicate_lines = row.integer();
  summary.unknown_keys = row.integer();
  summary.tokens_in = row.integer();
  summary.tokens_out = row.integer();
  summary.tokens_thinking = row.integer();
  summary.tokens_cached = row.integer();
  summary.tokens_wasted = row.integer();
  return result;
}

}  // namespace

// INDEXED BY: as in account.cpp, the few repair chunks of the run and not all of its chunks.
const Sql kResultsOf{
    "SELECT " + kResultColumns + " FROM job JOIN result USING (job) WHERE job.chunk = ?1 UNION ALL SELECT " +
    kResultColumns +
    " FROM chunk AS mine CROSS JOIN chunk AS repair INDEXED BY chunk_repair"
    "   ON repair.run = mine.run AND repair.kind = 'repair'"
    " JOIN job ON job.chunk = repair.chunk JOIN result USING (job)"
    " WHERE mine.chunk = ?1 AND mine.kind = 'base' AND EXISTS (SELECT 1 FROM span"
    "   WHERE span.chunk = repair.chunk AND span.first_record < mine.first_record + mine.records + mine.unsent"
    "   AND span.first_record + span.n > mine.first_record)"
    " ORDER BY 1"};
std::vector<StoredResult> SqliteStore::results_of(ChunkKey chunk) {
  std::vector<StoredResult> all;
  for (Query row(connection_, kResultsOf, chunk); row.step();) all.push_back(read_result(row));
  return all;
}

// The tokens are in the history, where the stretch of the same job that holds the record starts at or before it.
const Sql kProblems{
    "SELECT problem.record, problem.status, problem.code, coalesce(message.text, ''), coalesce(outcome.tok_in, 0),"
    " coalesce(outcome.tok_out, 0), EXISTS (SELECT 1 FROM result WHERE result.job = problem.job),"
    " coalesce(job.name, ''), coalesce(job.attempt, 0)"
    " FROM problem LEFT JOIN message USING (msg) LEFT JOIN job ON job.job = problem.job"
    " LEFT JOIN outcome ON outcome.job = problem.job AND outcome.first_record ="
    "   (SELECT max(first_record) FROM outcome WHERE job = problem.job AND first_record <= problem.record)"
    "   AND problem.record < outcome.first_record + outcome.n"
    " WHERE problem.run = ? AND problem.record >= ? AND problem.record < ? ORDER BY problem.record"};
std::vector<Problem> SqliteStore::problems(RunKey run, std::int64_t first, std::int64_t n) {
  std::vector<Problem> all;
  for (Query row(connection_, kProblems, run, first, first + n); row.step();) {
    Problem problem;
    problem.record = row.integer();
    problem.status = status_named(row.text());
    problem.code = row.maybe_integer();
    problem.message = row.text();
    problem.tokens_in = row.integer();
    problem.tokens_out = row.integer();
    problem.has_result = row.integer() != 0;
    problem.job_name = row.text();
    problem.attempt = row.small();
    all.push_back(std::move(problem));
  }
  return all;
}

}  // namespace batchctl::store
