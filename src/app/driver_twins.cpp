// Twins: second jobs of one create. They are told to stop, and what they answered is paid for: it is fetched like any
// other output, and stored when it is complete or its chunk has nothing better to wait for.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/driver.hpp"
#include "base/log.hpp"
#include "plan/backoff.hpp"
#include "records/results.hpp"

namespace batchctl::app {

void Driver::tell_twins(Instant now) {
  if (!mandate_.spend || run_.stop) return;
  for (auto& [key, twin] : twins_) {
    const bool is_due = !twin.is_told || (twin.tell_again && *twin.tell_again <= now);
    if (!twin.is_live() || !is_due) continue;
    twin.is_told = true;
    twin.tell_again.reset();
    send({}, CancelJob{twin.job.name.value()}, [this, key = key](const Answer& answer) {
      const auto found = twins_.find(key);
      const auto* failure = std::get_if<Failure>(&answer);
      if (failure == nullptr || found == twins_.end() || is_stopped_by(*failure)) return;
      log(LogLevel::info, "a duplicate could not be cancelled: {}", failure->message);
      const bool again = failure->kind == FailureKind::unreachable || failure->kind == FailureKind::server ||
                         failure->kind == FailureKind::quota;
      if (again)
        found->second.tell_again =
            context_.clock.now() + plan::backoff(found->second.tell_fails++, seconds{5}, minutes{5}, context_.random);
    });
  }
}

std::optional<Instant> Driver::next_twin_call() const {
  std::optional<Instant> next;
  for (const auto& [key, twin] : twins_)
    if (twin.is_live() && twin.tell_again && (!next || *twin.tell_again < *next)) next = twin.tell_again;
  return next;
}

bool Driver::has_open_twin(ChunkKey chunk) const {
  return std::any_of(twins_.begin(), twins_.end(),
                     [&](const auto& entry) { return entry.second.job.chunk == chunk && entry.second.is_open(); });
}

void Driver::bring_twins_home() {
  std::vector<JobKey> ready;
  for (const auto& [key, twin] : twins_) {
    const bool may_be_stored = twin.kept_ok && is_resting(chunk_now(twin.job.chunk).state);
    if (!twin.is_fetching && (twin.has_output_to_fetch() || may_be_stored)) ready.push_back(key);
  }
  for (const JobKey key : ready) {
    Twin& twin = twins_.at(key);
    const std::string path = raw_file(chunk_now(twin.job.chunk), twin.job);
    context_.files.make_directory(path.substr(0, path.rfind('/')));
    if (context_.files.exists(path)) {
      take_in_twin(key, path, path);
      continue;
    }
    ++twin.tries;
    twin.is_fetching = true;
    send({}, FetchOutput{*twin.job.output, path + ".part"}, [this, key, path](const Answer& answer) {
      Twin& fetched = twins_.at(key);
      fetched.is_fetching = false;
      const auto* failure = std::get_if<Failure>(&answer);
      if (failure == nullptr) return take_in_twin(key, path + ".part", path);
      if (!is_stopped_by(*failure) && fetched.tries == Twin::kTries)
        context_.observer.says(run_, fmt::format("the output of the duplicate {} could not be fetched: {}",
                                                 fetched.job.name->value, failure->message));
    });
  }
}

/// A part of the answers is not stored while the chunk's own job may still bring all of them: the records that are
/// missing here would count as failed.
void Driver::take_in_twin(JobKey key, const std::string& path, const std::string& final_path) {
  context_.store.must_drive(run_.key, run_.epoch);  // its file would replace the next driver's
  Twin& twin = twins_.at(key);
  const Chunk chunk = chunk_now(twin.job.chunk);
  const ReadResult result = read_lines(chunk, twin.job, path);
  if (path != final_path) context_.files.publish(path, final_path);
  const bool is_complete = result.summary.ok == chunk.records;
  const bool is_without_job = chunk.state == ChunkState::planned || chunk.state == ChunkState::uploaded;
  const bool is_of_use = is_complete || (is_without_job && result.summary.ok > 0);
  twin.kept_ok = result.summary.ok;
  if (is_of_use || is_resting(chunk.state)) store_twin(key, chunk, result);
}

void Driver::store_twin(JobKey key, const Chunk& chunk, const ReadResult& result) {
  const Job job = twins_.at(key).job;
  ResultSummary summary = result.summary;
  summary.raw_path = raw_path(chunk, job);
  const Instant now = context_.clock.now();
  commit([&] {
    context_.store.store_result(run_.key, chunk.key, job.key, summary, result.problems, now);
    context_.store.note(
        run_.key, chunk.key, now, "duplicate_stored",
        fmt::format("{}: {} ok, {} not, {} missing", job.name->value, summary.ok, summary.not_ok, summary.missing));
  });
  if (summary.ok > 0) answered_.insert(chunk.key);
  look_for_repairs_ = true;
  twins_.erase(key);
}

/// Whether a stored result, or what is kept of a twin, answers records of the chunk; what is kept is stored for that.
bool Driver::has_answers(const Chunk& chunk) {
  std::vector<JobKey> kept;
  for (const auto& [key, twin] : twins_)
    if (twin.job.chunk == chunk.key && twin.kept_ok.value_or(0) > 0) kept.push_back(key);
  for (const JobKey key : kept) {
    const Job job = twins_.at(key).job;
    store_twin(key, chunk, read_lines(chunk, job, raw_file(chunk, job)));
  }
  const std::vector<StoredResult> results = context_.store.results_of(chunk.key);
  return std::any_of(results.begin(), results.end(), [](const StoredResult& one) { return one.summary.ok > 0; });
}

/// Which records of the chunk have an answer already: a second one is paid for and of no use.
std::function<bool(std::int64_t)> Driver::is_answered(const Chunk& chunk) {
  // What a repair chunk holds was covered when it was planned: it is answered once it is no problem any more.
  if (chunk.kind == ChunkKind::base && context_.store.results_of(chunk.key).empty())
    return [](std::int64_t) { return false; };
  std::unordered_set<std::int64_t> open;
  for (const Span& span : context_.store.spans(chunk.key))
    for (const Problem& problem : context_.store.problems(run_.key, span.first_record, span.records))
      open.insert(problem.record);
  return [open = std::move(open)](std::int64_t record) { return !open.contains(record); };
}

}  // namespace batchctl::app
