// A person wants the run stopped: nothing new is sent, live jobs are cancelled, what has finished is kept.
#include <fmt/format.h>

#include <utility>

#include "app/driver.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "plan/backoff.hpp"

namespace batchctl::app {

/// The wish may come from another process at any time.
void Driver::notice_cancel() {
  if (run_.cancel_requested_at) return;
  run_.cancel_requested_at = context_.store.cancel_requested_at(run_.key);
}

/// A job is told once by each process, again while telling it fails. (Cancelling may be repeated; it is best effort,
/// and only the job's end counts.)
bool Driver::is_to_be_told(ChunkKey chunk, Instant now) const {
  const auto known = cancel_again_at_.find(chunk);
  return known == cancel_again_at_.end() || known->second <= now;
}

/// Of a chunk that no create can have taken effect for, nothing is left to do; a job is told to stop.
void Driver::cancel_chunks() {
  std::vector<Chunk> live;
  commit([&] {
    for (const plan::ChunkFacts& facts : snapshot_.to_cancel) {
      const Chunk chunk = chunk_now(facts.key);
      if (chunk.state == ChunkState::cancelling) {
        live.push_back(chunk);
      } else if (chunk.state == ChunkState::submitted) {
        move(chunk, ChunkEvent::cancel_requested, {.why = "its job is to be cancelled"});
        live.push_back(chunk);
      } else {
        const std::string why = "cancelled before a job was made of it";
        context_.store.store_no_result(run_.key, chunk.key, {}, RecordStatus::missing, std::nullopt, why);
        move(chunk, ChunkEvent::cancel_requested, {.why = why});
      }
    }
  });
  crash_point(CrashPoint::cancel_recorded);
  for (const Chunk& chunk : live) tell_job(chunk.key);
}

void Driver::tell_job(ChunkKey key) {
  const Job job = context_.store.newest_job(key).value();
  cancel_again_at_[key] = Instant::max();
  send(key, CancelJob{job.name.value()}, [this, key](const Answer& answer) {
    crash_point(CrashPoint::cancel_told);
    const auto* failure = std::get_if<Failure>(&answer);
    if (failure == nullptr) return met_service();
    if (is_stopped_by(*failure)) return;
    // Any other refusal: it has ended, or is not there; the next look at it tells.
    const bool again = failure->kind == FailureKind::unreachable || failure->kind == FailureKind::server ||
                       failure->kind == FailureKind::quota;
    log(LogLevel::info, "a job could not be cancelled: {}", failure->message);
    if (again)
      cancel_again_at_[key] =
          context_.clock.now() + plan::backoff(cancel_fails_++, seconds{5}, minutes{5}, context_.random);
  });
}

}  // namespace batchctl::app
