// Jobs that carry the run's mark although no row knows their names: taken by their chunks, cancelled as duplicates, or
// shown and left alone. A duplicate's output is paid for: it is fetched like any other.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/driver.hpp"
#include "app/list_pass.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "plan/stray.hpp"
#include "records/results.hpp"

namespace batchctl::app {

namespace {

constexpr int kDuplicateTries = 3;            // of fetching its output, by one process
constexpr Duration kClockSlack = seconds{5};  // the service's Date header has whole seconds, and answers take a while

const Job* intent_for(const std::vector<Job>& intents, const Observation& seen) {
  const auto newest = std::find_if(intents.rbegin(), intents.rend(), [&](const Job& intent) {
    return intent.display_name == seen.display_name && !intent.file.empty();
  });
  return newest == intents.rend() ? nullptr : &*newest;
}

}  // namespace

void Driver::judge_strays(const ListPass& pass) {
  sweep_.left_over = false;
  imported_ = 0;
  for (const Observation& seen : pass.strays)
    if (!context_.store.job_with_name(seen.name)) judge_stray(seen);  // it may have got its row in the meantime
  if (imported_ == 0) return;
  announcements_.push_back([this, n = static_cast<std::uint64_t>(imported_)] {
    context_.observer.says(run_, "now recorded here: " + spell_count(n, "job") + " created elsewhere");
  });
}

void Driver::judge_stray(const Observation& seen) {
  const std::optional<JobMark> mark = job_mark_of(seen.display_name);
  if (!mark || mark->run != run_.id) return;
  const std::optional<Chunk> chunk = context_.store.chunk_at(run_.key, mark->chunk_index);
  if (!chunk) return show_foreign(seen, fmt::format("this run has no chunk {}", mark->chunk_index));
  const std::vector<Job> jobs = context_.store.jobs_of(chunk->key);
  std::vector<plan::Intent> intents;
  for (const Job& job : jobs) {
    const std::optional<RemoteFile> file = context_.store.file(job.file);
    intents.push_back({job, file ? file->name : RemoteFileName{}});
  }
  std::optional<Instant> made_at;
  if (seen.created_at) made_at = on_our_clock(context_, *seen.created_at);
  const Duration slack = scaled(kClockSlack, std::max(1.0, context_.clock.scale()));
  const bool is_busy = busy_chunks_.contains(chunk->key);
  switch (plan::judge_stray(seen, made_at, *mark, *chunk, intents, window_of(*chunk), slack)) {
    case plan::Stray::awaited:
      sweep_.left_over = true;
      return;
    case plan::Stray::ours:
      if (is_busy) sweep_.left_over = true;  // a file is on its way; the next reading decides
      if (!is_busy) take_stray(*chunk, seen, jobs);
      return;
    case plan::Stray::duplicate:
      return add_duplicate(*chunk, mark->attempt, seen, jobs);
    case plan::Stray::untold:
      if (is_taking_over()) return import_stray(*chunk, mark->attempt, seen);
      if (!run_.stop)
        stop_for("copied_database",
                 fmt::format("{} at the service is the job of chunk {}, but this database does not know of it: it was "
                             "restored or copied, and another batchctl has gone on since. Nothing was created",
                             seen.name.value, chunk->index));
      return;
    case plan::Stray::foreign:
      return show_foreign(seen, fmt::format("it has the mark of chunk {}, but not the file or the time of any create "
                                            "that is recorded here",
                                            chunk->index));
  }
}

/// The create that was thought to have come to nothing took effect after all.
void Driver::take_stray(const Chunk& chunk, const Observation& seen, const std::vector<Job>& intents) {
  const Job* intent = intent_for(intents, seen);
  if (intent == nullptr) throw Bug("a job is taken for ours, and there is no intent of its name");
  adopt(chunk, *intent, seen);
}

/// Of a database that is older than the service: the job gets its row, and its chunk goes on with it.
void Driver::import_stray(const Chunk& chunk, int attempt, const Observation& seen) {
  const bool waits = chunk.state == ChunkState::submitted || chunk.state == ChunkState::cancelling;
  const bool takes = plan::may_take_job(chunk.state) && !busy_chunks_.contains(chunk.key);
  if (!waits && !takes) {
    sweep_.left_over = true;  // what is under way for the chunk comes first
    return;
  }
  const Instant now = context_.clock.now();
  const Instant made_at = seen.created_at ? on_our_clock(context_, *seen.created_at) : now;
  std::optional<RemoteFile> file = context_.store.file_named(chunk.key, seen.input);
  if (!file) {
    const std::optional<RemoteFile> newest = context_.store.newest_file(chunk.key);
    const FileKey key = context_.store.add_file(chunk.key, newest ? newest->generation + 1 : 1, seen.input,
                                                chunk.body_bytes, chunk.body_sha256);
    context_.store.file_is_here(key, seen.input, "", "", made_at, std::nullopt);
    file = context_.store.file(key);
  }
  FoundJob found{chunk.key, attempt,    run_.settings.model, seen.display_name,   file->key, chunk.tokens,
                 made_at,   run_.epoch, seen.name,           JobOrigin::imported, {}};
  const std::string why = seen.name.value + " was created after this copy of the database was made";
  if (waits) found.supersedes = context_.store.newest_job(chunk.key).value().key;
  const JobKey key = context_.store.add_found_job(found);
  if (waits)
    context_.store.note(run_.key, chunk.key, now, "job_imported", why);
  else
    move(chunk, ChunkEvent::job_found, {.why = why, .job = key});
  saw(context_.store.job(key).value(), seen, now);
  key_reads_ours_ = true;
  ++imported_;
}

void Driver::add_duplicate(const Chunk& chunk, int attempt, const Observation& seen, const std::vector<Job>& intents) {
  const Job* intent = intent_for(intents, seen);
  if (intent == nullptr) throw Bug("a job is taken for a duplicate, and there is no intent of its name");
  const Instant now = context_.clock.now();
  const JobKey key = context_.store.add_found_job({chunk.key,
                                                   attempt,
                                                   intent->model,
                                                   seen.display_name,
                                                   intent->file,
                                                   intent->tokens,
                                                   intent->intent_at,
                                                   run_.epoch,
                                                   seen.name,
                                                   JobOrigin::duplicate,
                                                   {}});
  const std::string why = fmt::format("one create took effect twice: {} is {}", seen.name.value,
                                      seen.ended ? "finished and kept" : "cancelled");
  context_.store.note(run_.key, chunk.key, now, "duplicate_found", why);
  duplicates_.emplace(key, context_.store.job(key).value());
  saw(duplicates_.at(key), seen, now);
  announcements_.push_back(
      [this, index = chunk.index, why] { context_.observer.says(run_, fmt::format("chunk {}: {}", index, why)); });
}

void Driver::show_foreign(const Observation& seen, const std::string& why) {
  if (!shown_.insert(seen.name).second) return;
  std::string line = fmt::format("{} is left alone: {}", seen.name.value, why);
  if (!seen.ended) line += fmt::format(". If it is not wanted: {}", context_.service->how_to_cancel(seen.name));
  announcements_.push_back([this, line] { context_.observer.says(run_, line); });
}

/// Each process tells each of them once; the next look shows what came of it.
void Driver::tell_duplicates() {
  if (!mandate_.spend) return;
  for (const auto& [key, job] : duplicates_) {
    if (job.hold == Hold::none || !told_duplicates_.insert(key).second) continue;
    send({}, CancelJob{job.name.value()}, [this](const Answer& answer) {
      const auto* failure = std::get_if<Failure>(&answer);
      if (failure == nullptr || is_stopped_by(*failure)) return;
      log(LogLevel::info, "a duplicate could not be cancelled: {}", failure->message);
    });
  }
}

void Driver::bring_duplicates_home() {
  std::vector<Job> ready;
  for (const auto& [key, job] : duplicates_)
    if (job.hold == Hold::none && job.output && !busy_duplicates_.contains(key) &&
        duplicate_tries_[key] < kDuplicateTries)
      ready.push_back(job);
  for (const Job& job : ready) {
    const std::string path = raw_directory(context_, run_.id) + "/" + raw_path(chunk_now(job.chunk), job);
    context_.files.make_directory(path.substr(0, path.rfind('/')));
    if (context_.files.exists(path)) {
      take_in_duplicate(job, path, path);
      continue;
    }
    ++duplicate_tries_[job.key];
    busy_duplicates_.insert(job.key);
    send({}, FetchOutput{*job.output, path + ".part"}, [this, job, path](const Answer& answer) {
      busy_duplicates_.erase(job.key);
      const auto* failure = std::get_if<Failure>(&answer);
      if (failure == nullptr) return take_in_duplicate(job, path + ".part", path);
      if (!is_stopped_by(*failure) && duplicate_tries_[job.key] == kDuplicateTries)
        context_.observer.says(run_, fmt::format("the output of the duplicate {} could not be fetched: {}",
                                                 job.name->value, failure->message));
    });
  }
}

void Driver::take_in_duplicate(const Job& job, const std::string& path, const std::string& final_path) {
  const Chunk chunk = chunk_now(job.chunk);
  ReadResult result = read_result(path, context_.store.spans(chunk.key), is_answered(chunk));
  if (path != final_path) context_.files.publish(path, final_path);
  result.summary.raw_path = raw_path(chunk, job);
  const Instant now = context_.clock.now();
  commit([&] {
    context_.store.store_result(run_.key, chunk.key, job.key, result.summary, result.problems, now);
    context_.store.note(run_.key, chunk.key, now, "duplicate_stored",
                        fmt::format("{}: {} ok, {} not, {} missing", job.name->value, result.summary.ok,
                                    result.summary.not_ok, result.summary.missing));
  });
  duplicates_.erase(job.key);
}

/// Which records of the chunk have an answer already: a second one is paid for and of no use.
std::function<bool(std::int64_t)> Driver::is_answered(const Chunk& chunk) {
  if (context_.store.results_of(chunk.key).empty()) return [](std::int64_t) { return false; };
  std::unordered_set<std::int64_t> open;
  for (const Span& span : context_.store.spans(chunk.key))
    for (const Problem& problem : context_.store.problems(run_.key, span.first_record, span.records))
      open.insert(problem.record);
  return [open = std::move(open)](std::int64_t record) { return !open.contains(record); };
}

}  // namespace batchctl::app
