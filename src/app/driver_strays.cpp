// Jobs that carry the run's mark although no row knows their names: taken by their chunks, cancelled as duplicates, or
// shown and left alone.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/driver.hpp"
#include "app/list_pass.hpp"
#include "base/text.hpp"
#include "plan/stray.hpp"

namespace batchctl::app {

namespace {

constexpr std::size_t kAtOnce = 500;          // strays a commit: others write in between
constexpr int kGenerationsAhead = 8;          // of our file names: another copy may have sent later ones
constexpr Duration kClockSlack = seconds{5};  // the service's Date header has whole seconds, and answers take a while

const Job* intent_for(const std::vector<Job>& jobs, const Observation& seen) {
  const auto newest = std::find_if(jobs.rbegin(), jobs.rend(), [&](const Job& job) {
    return job.display_name == seen.display_name && !job.file.empty();
  });
  return newest == jobs.rend() ? nullptr : &*newest;
}

}  // namespace

void Driver::judge_strays(ListPass& pass) {
  sweep_.left_over = false;
  doubtful_.clear();
  int imported = 0;
  for (std::size_t at = 0; at < pass.strays.size(); at += kAtOnce)
    commit([&] {
      for (std::size_t i = at; i < std::min(at + kAtOnce, pass.strays.size()); ++i)
        // It may have got its row in the meantime.
        if (!context_.store.job_with_name(pass.strays[i].name)) judge_stray(pass.strays[i], pass, imported);
    });
  if (imported > 0)
    context_.observer.says(
        run_, "now recorded here: " + spell_count(static_cast<std::uint64_t>(imported), "job") + " created elsewhere");
}

void Driver::judge_stray(const Observation& seen, ListPass& pass, int& imported) {
  const JobMark mark = job_mark_of(seen.display_name).value();
  const std::optional<Chunk> chunk = context_.store.chunk_at(run_.key, mark.chunk_index);
  if (!chunk) return show_foreign(seen, fmt::format("this run has no chunk {}", mark.chunk_index), pass);
  const std::vector<Job> jobs = context_.store.jobs_of(chunk->key);
  std::vector<plan::Intent> intents;
  for (const Job& job : jobs) {
    const std::optional<RemoteFile> file = context_.store.file(job.file);
    intents.push_back({job, file ? file->name : RemoteFileName{}});
  }
  std::optional<Instant> made_at;
  if (seen.created_at) made_at = on_our_clock(context_, *seen.created_at);
  const plan::Known known{*chunk, intents, is_our_file(*chunk, seen.input), window_of(chunk->body_bytes),
                          scaled(kClockSlack, std::max(1.0, context_.clock.scale()))};
  switch (plan::judge_stray(seen, made_at, mark, known)) {
    case plan::Stray::awaited:
      sweep_.left_over = true;
      return;
    case plan::Stray::ours:
      if (busy_chunks_.contains(chunk->key)) return leave_over(*chunk);
      return take_stray(*chunk, seen, jobs);
    case plan::Stray::duplicate:
      return add_twin(*chunk, mark.attempt, seen, jobs);
    case plan::Stray::untold:
      if (!is_taking_over()) return stop_for_copy(*chunk, seen);
      if (import_stray(*chunk, mark.attempt, seen)) ++imported;
      return;
    case plan::Stray::impostor:
      return stop_for_impostor(*chunk, seen);
    case plan::Stray::foreign:
      return show_foreign(seen,
                          fmt::format("it has the mark of chunk {}, but not the file or the time of any create that is "
                                      "recorded here",
                                      chunk->index),
                          pass);
  }
}

/// A file that holds the chunk's body: recorded here, or of a name that another copy of this database would give it.
bool Driver::is_our_file(const Chunk& chunk, const RemoteFileName& input) {
  if (input.empty()) return false;
  if (context_.store.file_named(chunk.key, input)) return true;
  const std::optional<RemoteFile> newest = context_.store.newest_file(chunk.key);
  const int last = (newest ? newest->generation : 0) + kGenerationsAhead;
  for (int generation = 1; generation <= last; ++generation) {
    const std::string id = remote_file_id(run_.id, chunk.index, chunk.body_sha256, generation).value;
    if (input.value == id || input.value.ends_with("/" + id)) return true;
  }
  return false;
}

/// What is under way for the chunk ends first; nothing is created of it before the next reading.
void Driver::leave_over(const Chunk& chunk) {
  sweep_.left_over = true;
  doubtful_.insert(chunk.key);
}

/// The create that was thought to have come to nothing took effect after all.
void Driver::take_stray(const Chunk& chunk, const Observation& seen, const std::vector<Job>& jobs) {
  const Job* intent = intent_for(jobs, seen);
  if (intent == nullptr) throw Bug("a job is taken for ours, and there is no intent of its name");
  adopt(chunk, *intent, seen);
}

/// Of a database that is older than the service: the job gets its row, and its chunk goes on with it. False: not yet.
bool Driver::import_stray(const Chunk& chunk, int attempt, const Observation& seen) {
  const bool waits = chunk.state == ChunkState::submitted || chunk.state == ChunkState::cancelling;
  const bool takes = plan::may_take_job(chunk.state) && !busy_chunks_.contains(chunk.key);
  if (!waits && !takes) {
    leave_over(chunk);
    return false;
  }
  const Instant now = context_.clock.now();
  const Instant made_at = seen.created_at ? on_our_clock(context_, *seen.created_at) : now;
  std::optional<RemoteFile> file = context_.store.file_named(chunk.key, seen.input);
  if (!file) {
    const std::optional<RemoteFile> newest = context_.store.newest_file(chunk.key);
    const FileKey key = context_.store.add_file(chunk.key, newest ? newest->generation + 1 : 1, seen.input,
                                                chunk.body_bytes, chunk.body_sha256);
    // A file without a name is too old for another attempt.
    context_.store.file_is_here(key, seen.input, "", "", made_at,
                                seen.input.empty() ? std::optional<Instant>(made_at) : std::nullopt);
    file = context_.store.file(key);
  }
  const std::string model = chunk.overrides.model.value_or(run_.settings.model);
  FoundJob found{chunk.key, attempt,    model,     seen.display_name,   file->key, chunk.tokens,
                 made_at,   run_.epoch, seen.name, JobOrigin::imported, {}};
  const std::string why = seen.name.value + " was created after this copy of the database was made";
  if (waits) found.supersedes = context_.store.newest_job(chunk.key).value().key;
  const JobKey key = context_.store.add_found_job(found);
  if (waits)
    context_.store.note(run_.key, chunk.key, now, "job_imported", why);
  else
    move(chunk, ChunkEvent::job_found, {.why = why, .job = key});
  cancel_again_at_.erase(chunk.key);  // it was its forerunner that was told to stop
  saw(context_.store.job(key).value(), seen, now);
  key_reads_ours_ = true;
  return true;
}

void Driver::stop_for_copy(const Chunk& chunk, const Observation& seen) {
  if (!mandate_.spend) {
    if (shown_.insert(seen.name).second)
      announcements_.push_back([this, name = seen.name.value] {
        context_.observer.says(run_, name +
                                         " is not known to this database, which is older than it: nothing is "
                                         "created by it until batchctl resume --take-over");
      });
    return;
  }
  if (run_.stop) return;
  stop_for(
      "copied_database",
      fmt::format("{} at the service is the job of chunk {}, but this database does not know of it: it was restored "
                  "or copied, and another batchctl has gone on since. Nothing was created",
                  seen.name.value, chunk.index));
}

void Driver::stop_for_impostor(const Chunk& chunk, const Observation& seen) {
  if (!mandate_.spend || run_.stop) return;
  stop_for("foreign_job",
           fmt::format("{} has the name that the job of chunk {} would get, but was made from another file ({}). It is "
                       "neither taken nor cancelled, and no second one of that name is made. If it is not wanted: {}",
                       seen.name.value, chunk.index, seen.input.value, context_.service->how_to_cancel(seen.name)));
}

void Driver::add_twin(const Chunk& chunk, int attempt, const Observation& seen, const std::vector<Job>& jobs) {
  const Job* intent = intent_for(jobs, seen);
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
  const char* fate = seen.ended       ? "it has ended, and what it answered is kept"
                     : mandate_.spend ? "it is told to stop, and what it answered is kept"
                                      : "it runs on until batchctl resume stops it";
  const std::string why =
      fmt::format("one create took effect twice: beside the recorded job there is {}; {}", seen.name.value, fate);
  context_.store.note(run_.key, chunk.key, now, "duplicate_found", why);
  twins_.emplace(key, Twin{.job = context_.store.job(key).value()});
  saw(twins_.at(key).job, seen, now);
  announcements_.push_back(
      [this, index = chunk.index, why] { context_.observer.says(run_, fmt::format("chunk {}: {}", index, why)); });
}

void Driver::show_foreign(const Observation& seen, const std::string& why, ListPass& pass) {
  ++pass.left_alone;
  if (!seen.ended) ++pass.others_active;
  if (!shown_.insert(seen.name).second) return;
  std::string line = fmt::format("{} is left alone: {}", seen.name.value, why);
  if (!seen.ended) line += fmt::format(". If it is not wanted: {}", context_.service->how_to_cancel(seen.name));
  announcements_.push_back([this, line] { context_.observer.says(run_, line); });
}

}  // namespace batchctl::app
