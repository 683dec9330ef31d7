// Bringing results home: to a temporary file, judged line by line, synced, renamed, recorded.
#include <fmt/format.h>

#include <utility>

#include "app/calibration.hpp"
#include "app/driver.hpp"
#include "base/count.hpp"
#include "base/crash_point.hpp"
#include "plan/backoff.hpp"
#include "plan/ending.hpp"
#include "plan/estimate.hpp"
#include "records/results.hpp"

namespace batchctl::app {

std::string Driver::raw_path(const Chunk& chunk, const Job& job) const {
  return fmt::format("{:03}/a{}-{}.jsonl", chunk.index, job.attempt, job.key.value);
}

std::string Driver::raw_file(const Chunk& chunk, const Job& job) const {
  return raw_directory(context_, run_.id) + "/" + raw_path(chunk, job);
}

void Driver::begin_fetch(ChunkKey key) {
  const Chunk chunk = chunk_now(key);
  const Job job = context_.store.newest_job(key).value();
  const std::string path = raw_file(chunk, job);
  context_.files.make_directory(path.substr(0, path.rfind('/')));
  // Renamed by a process that ended before it could record it: what lies there is complete, and is judged again.
  if (context_.files.exists(path)) return take_in(chunk, job, path, path);
  ++fetches_;
  send(key, FetchOutput{job.output.value(), path + ".part"}, [this, key, job](const Answer& answer) {
    --fetches_;
    on_fetched(key, job, answer);
  });
}

void Driver::on_fetched(ChunkKey key, const Job& job, const Answer& answer) {
  const Chunk chunk = chunk_now(key);
  const std::string path = raw_file(chunk, job);
  if (const auto* failure = std::get_if<Failure>(&answer)) {
    if (failure->kind == FailureKind::local)
      throw Fatal(ExitCode::failed, "disk", failure->message,
                  "make room or check the disk, then: batchctl resume " + run_.name);
    if (is_stopped_by(*failure)) return fetch_later(chunk, failure->message);
    if (failure->kind == FailureKind::unreachable || failure->kind == FailureKind::server)
      context_.store.write([&] { met_outage(*failure); });
    const bool gone = failure->kind == FailureKind::not_found || failure->kind == FailureKind::rejected;
    return fetch_failed(chunk, failure->message, gone);
  }
  met_service();
  crash_point(CrashPoint::download_ended);
  take_in(chunk, job, path + ".part", path);
}

/// The lines of a job that was adopted may carry the records' own keys.
ReadResult Driver::read_lines(const Chunk& chunk, const Job& job, const std::string& path) {
  const std::vector<Span> spans = context_.store.spans(chunk.key);
  const std::optional<RemoteFile> file = context_.store.file(job.file);
  std::optional<OwnKeys> keys;
  if (file && file->keys == LineKeys::own) keys.emplace(spans, inputs_, run_.settings);
  return read_result(path, spans, is_answered(chunk), schema_, keys ? &*keys : nullptr);
}

/// What another tool named otherwise than the records are named is paid for and joined to none of them. Asking for the
/// rest by itself would pay twice.
void Driver::stop_for_unknown_keys(const Chunk& chunk, const Job& job, const ResultSummary& summary) {
  const std::optional<RemoteFile> file = context_.store.file(job.file);
  const bool is_adopted = file && file->keys == LineKeys::own;
  if (!is_adopted || summary.unknown_keys == 0 || summary.missing == 0 || run_.stop) return;
  stop_for("unknown_keys",
           fmt::format("{} was adopted for chunk {}, but {} of its answers carry keys that none of the chunk's records "
                       "has, and {} have none. What came lies in {}. Resuming asks for the missing ones anew",
                       job.name.value_or(JobName{}).value, chunk.index, summary.unknown_keys,
                       count(summary.missing, "record"), raw_file(chunk, job)));
}

void Driver::take_in(const Chunk& chunk, const Job& job, const std::string& path, const std::string& final_path) {
  context_.store.must_drive(run_.key, run_.epoch);  // its file would replace the next driver's
  ReadResult result = read_lines(chunk, job, path);
  // Fewer lines than requests, or half a line at the end: a cut download, unless the service says the same twice.
  const bool is_short = result.cut || (job.stats.requests && result.summary.lines < *job.stats.requests);
  if (is_short && short_downloads_[chunk.key] != result.summary.sha256) {
    short_downloads_[chunk.key] = result.summary.sha256;
    context_.files.remove(path);
    return fetch_failed(chunk,
                        fmt::format("the download has {} lines of {}", result.summary.lines,
                                    job.stats.requests.value_or(chunk.records)),
                        false);
  }
  short_downloads_.erase(chunk.key);
  const bool bad_end = job.observed == JobState::failed || job.observed == JobState::expired;
  if (result.summary.ok == 0 && bad_end && job.attempt < plan::kMaxAttempts && !has_answers(chunk)) {
    const plan::Ending ending = plan::ending_without_answers(job);
    if (path != final_path) context_.files.publish(path, final_path);
    commit([&] {
      move(chunk, *ending.event, {.why = ending.why, .error = ending.why});
      if (ending.person_must_look) stop_for("attempts", ending.why);
    });
    return;
  }
  if (path != final_path) context_.files.publish(path, final_path);
  crash_point(CrashPoint::download_renamed);
  result.summary.raw_path = raw_path(chunk, job);
  const Instant now = context_.clock.now();
  commit([&] {
    context_.store.store_result(run_.key, chunk.key, job.key, result.summary, result.problems, now);
    // Only of answers to all: a row that failed has no usage.
    if (result.summary.ok == chunk.records && chunk.kind == ChunkKind::base)
      remember_factor(context_, run_.project, run_.settings.model,
                      plan::learned_factor(known_factor(context_, run_.project, run_.settings.model),
                                           run_.options.token_factor, chunk.tokens, result.summary.tokens_in));
    // What a cancelled job had answered is kept, and nothing more is attempted for the rest.
    const bool is_partial = job.observed == JobState::cancelled;
    move(chunk, is_partial ? ChunkEvent::partial_stored : ChunkEvent::results_stored,
         {.why = fmt::format("{} ok, {} not, {} missing", result.summary.ok, result.summary.not_ok,
                             result.summary.missing)});
    stop_for_unknown_keys(chunk, job, result.summary);
  });
  crash_point(CrashPoint::result_stored);
}

void Driver::fetch_failed(const Chunk& chunk, const std::string& why, bool gone) {
  if (gone && chunk.fails + 1 >= plan::kMaxFetchTries) return prove_output_gone(chunk, why);
  fetch_later(chunk, why);
}

/// "Not found" is also what overdue billing or another project's key looks like, and the answers are paid for: it is
/// believed when the very same key reads the job, or, the job being gone too, has read another one of ours.
void Driver::prove_output_gone(const Chunk& chunk, const std::string& why) {
  const Job job = context_.store.newest_job(chunk.key).value();
  send(chunk.key, GetJob{job.name.value()}, [this, key = chunk.key, job, why](const Answer& answer) {
    const Chunk now = chunk_now(key);
    const auto* failure = std::get_if<Failure>(&answer);
    if (failure == nullptr) key_reads_ours_ = true;
    const bool is_unknown = failure != nullptr && failure->kind != FailureKind::not_found;
    if (is_unknown) is_stopped_by(*failure);
    if (is_unknown || !key_reads_ours_) return fetch_later(now, why);
    commit([&] {
      const std::string words = "the service no longer has the output, which it keeps for six weeks at most: " + why;
      context_.store.store_no_result(run_.key, key, job.key, RecordStatus::missing, std::nullopt, words);
      move(now, ChunkEvent::output_gone, {.why = words, .error = words});
    });
  });
}

void Driver::fetch_later(const Chunk& chunk, const std::string& why) {
  // After a handful of tries the next round is as far away as a poll can be.
  const bool many = chunk.fails + 1 >= plan::kMaxFetchTries;
  const Duration base = many ? Duration{minutes{15}} : Duration{seconds{5}};
  const Duration cap = many ? minutes{15} : minutes{5};
  commit([&] {
    move(chunk, ChunkEvent::fetch_retried,
         {.why = why,
          .not_before = context_.clock.now() + plan::backoff(chunk.fails, base, cap, context_.random),
          .fails = chunk.fails + 1,
          .error = why});
  });
}

}  // namespace batchctl::app
