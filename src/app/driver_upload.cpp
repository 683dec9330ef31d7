// Files: sending, looking up what an interrupted process left, ageing, cleaning.
#include <fmt/format.h>

#include <utility>

#include "app/driver.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "plan/backoff.hpp"
#include "plan/ending.hpp"
#include "records/render.hpp"

namespace batchctl::app {

namespace {

constexpr Duration kProcessingBase = seconds{2};  // a file in PROCESSING is looked at again, doubling
constexpr Duration kProcessingCap = seconds{30};
constexpr Duration kRetryBase = seconds{5};
constexpr Duration kRetryCap = minutes{5};
constexpr int kCleanAtOnce = 4;

}  // namespace

void Driver::begin_upload(ChunkKey key, Instant) {
  const Chunk chunk = chunk_now(key);
  RemoteFile file;
  commit([&] {
    const std::optional<RemoteFile> before = context_.store.newest_file(key);
    file.chunk = key;
    // The same generation again as long as nothing is known to lie under its name.
    file.generation = !before ? 1 : before->generation + (before->state == FileState::sending ? 0 : 1);
    file.name = remote_file_id(run_.id, chunk.index, chunk.body_sha256, file.generation);
    file.bytes = chunk.body_bytes;
    file.key = before && before->state == FileState::sending
                   ? before->key
                   : context_.store.add_file(key, file.generation, file.name, chunk.body_bytes, chunk.body_sha256);
    move(chunk, ChunkEvent::upload_started,
         {.why = fmt::format("{} as {}", spell_size(chunk.body_bytes), file.name.value), .fails = chunk.fails});
  });
  crash_point(CrashPoint::file_stored);
  stored_.bytes += chunk.body_bytes;
  send_file(chunk, file);
}

void Driver::send_file(const Chunk& chunk, const RemoteFile& file) {
  UploadFile request;
  request.id = remote_file_id(run_.id, chunk.index, chunk.body_sha256, file.generation);
  request.display_name = fmt::format("bc/{}/{}", run_.id.value, chunk.index);
  request.bytes = chunk.body_bytes;
  request.sha256 = chunk.body_sha256;
  request.open = [this, spans = context_.store.spans(chunk.key)] { return open_body(spans, inputs_, run_.settings); };
  request.known_mime = context_.store.newest_mime();
  send(chunk.key, std::move(request), [this, key = chunk.key](const Answer& answer) { on_uploaded(key, answer); });
}

void Driver::find_file(ChunkKey key) {
  const std::optional<RemoteFile> file = context_.store.newest_file(key);
  if (!file) throw Bug("an uploading chunk has no file row");
  send(key, FindFile{file->name}, [this, key](const Answer& answer) { on_found(key, answer); });
}

void Driver::on_uploaded(ChunkKey key, const Answer& answer) {
  crash_point(CrashPoint::upload_ended);
  const Chunk chunk = chunk_now(key);
  const RemoteFile file = context_.store.newest_file(key).value();
  if (const auto* facts = std::get_if<FileFacts>(&answer)) return confirm_upload(chunk, file, *facts);
  upload_failed(chunk, file, std::get<Failure>(answer));
}

void Driver::on_found(ChunkKey key, const Answer& answer) {
  const Chunk chunk = chunk_now(key);
  const RemoteFile file = context_.store.newest_file(key).value();
  if (const auto* facts = std::get_if<FileFacts>(&answer)) return confirm_upload(chunk, file, *facts);
  const Failure& failure = std::get<Failure>(answer);
  if (failure.kind == FailureKind::not_found) {
    if (run_.stop || !mandate_.spend) return;
    return send_file(chunk, file);
  }
  // The question was refused, not the file: sending it is the next best way to know.
  if (failure.kind == FailureKind::rejected && mandate_.spend && !run_.stop) return send_file(chunk, file);
  upload_failed(chunk, file, failure);
}

void Driver::confirm_upload(const Chunk& chunk, const RemoteFile& file, const FileFacts& facts) {
  met_service();
  const Instant now = context_.clock.now();
  const bool same = facts.bytes == chunk.body_bytes && (!facts.sha256 || *facts.sha256 == chunk.body_sha256);
  const bool ours = same || facts.state == FileFacts::State::processing;  // its size may not be told yet
  if (facts.state == FileFacts::State::failed || !ours) {
    const std::string why = facts.state == FileFacts::State::failed
                                ? "the service failed to take the file in: " + facts.error
                                : "what lies under this name is not what was sent";
    if (spent_generations(chunk))
      return reject_upload(chunk, file, Failure{.message = why, .reason = {}, .refusal = {}, .retry_after = {}});
    commit([&] {
      context_.store.set_file_state(file.key, FileState::gone);
      move(chunk, ChunkEvent::upload_superseded,
           {.why = why,
            .not_before = now + plan::backoff(chunk.fails, kRetryBase, kRetryCap, context_.random),
            .fails = chunk.fails + 1,
            .error = why});
    });
    return;
  }
  if (facts.state == FileFacts::State::processing) {
    commit([&] {
      move(chunk, ChunkEvent::upload_retried,
           {.why = "the service is still taking the file in",
            .not_before = now + plan::backoff(chunk.fails, kProcessingBase, kProcessingCap, context_.random),
            .fails = chunk.fails + 1});
    });
    return;
  }
  std::optional<Instant> expires_at;
  if (facts.expires_at) expires_at = on_our_clock(context_, *facts.expires_at);
  commit([&] {
    context_.store.file_is_here(file.key, facts.name, facts.uri, facts.mime, now, expires_at);
    move(chunk, ChunkEvent::upload_confirmed, {.why = facts.name.value});
  });
  crash_point(CrashPoint::upload_recorded);
}

void Driver::upload_failed(const Chunk& chunk, const RemoteFile& file, const Failure& failure) {
  const Instant now = context_.clock.now();
  const auto later = [&] { return now + plan::backoff(chunk.fails, kRetryBase, kRetryCap, context_.random); };
  switch (failure.kind) {
    case FailureKind::unreachable:
    case FailureKind::server:
      commit([&] {
        met_outage(failure);
        move(chunk, ChunkEvent::upload_retried,
             {.why = failure.message, .not_before = later(), .fails = chunk.fails + 1, .error = failure.message});
      });
      return;
    case FailureKind::quota:
      commit([&] {
        plan::QuotaView view = quota_view(now);
        const Refusal refusal = failure.refusal.value_or(Refusal{PauseKind::unknown, {}, failure.message, {}});
        const Breaker breaker = plan::note_upload_refusal(view, refusal, now, context_.random);
        context_.store.save_breaker(breaker);
        if (refusal.kind == PauseKind::zero) stop_for("zero_quota", failure.message);
        move(chunk, ChunkEvent::upload_refused,
             {.why = failure.message,
              .not_before = breaker.open_until,
              .fails = chunk.fails + 1,
              .error = failure.message});
      });
      return;
    case FailureKind::stopped:
      commit([&] {
        stop_for(failure.reason, failure.message);
        move(chunk, ChunkEvent::upload_retried,
             {.why = failure.message, .fails = chunk.fails, .error = failure.message});
      });
      return;
    case FailureKind::source:
      commit([&] {
        const std::string words = naming_input(chunk, failure.message);
        stop_for("input_changed", words);
        move(chunk, ChunkEvent::upload_retried, {.why = words, .fails = chunk.fails, .error = words});
      });
      return;
    case FailureKind::local:
      throw Fatal(ExitCode::failed, "disk", failure.message,
                  "make room or check the disk, then: batchctl resume " + run_.name);
    case FailureKind::not_found:
    case FailureKind::rejected:
      break;
  }
  if (failure.reason == "name_taken" && !spent_generations(chunk)) {
    commit([&] {
      context_.store.set_file_state(file.key, FileState::gone);
      move(chunk, ChunkEvent::upload_superseded,
           {.why = failure.message, .fails = chunk.fails + 1, .error = failure.message});
    });
    return;
  }
  reject_upload(chunk, file, failure);
}

/// A body's hash says that its input changed, but not which file that is.
std::string Driver::naming_input(const Chunk& chunk, const std::string& message) {
  const std::vector<Span> spans = context_.store.spans(chunk.key);
  if (spans.empty()) return message;
  const std::string& path = inputs_.at(static_cast<std::size_t>(spans.front().input)).shown_path;
  if (message.find(path) != std::string::npos) return message;
  return fmt::format("chunk {}, from line {} of {} on: {}", chunk.index, spans.front().first_line, path, message);
}

bool Driver::spent_generations(const Chunk& chunk) {
  return context_.store.count_events(chunk.key, ChunkEvent::upload_superseded) + 1 >= plan::kMaxGenerations;
}

void Driver::reject_upload(const Chunk& chunk, const RemoteFile& file, const Failure& failure) {
  const std::optional<std::int64_t> code =
      failure.http_status != 0 ? std::optional<std::int64_t>(failure.http_status) : std::nullopt;
  ++rejected_in_a_row_;
  commit([&] {
    context_.store.set_file_state(file.key, FileState::gone);
    context_.store.store_no_result(run_.key, chunk.key, {}, RecordStatus::error, code, failure.message);
    move(chunk, ChunkEvent::upload_rejected, {.why = failure.message, .error = failure.message});
    stop_if_all_are_rejected(failure.message);
  });
}

void Driver::age_file(ChunkKey key) {
  const Chunk chunk = chunk_now(key);
  commit([&] {
    if (const std::optional<RemoteFile> file = context_.store.newest_file(key))
      context_.store.set_file_state(file->key, FileState::gone);
    move(chunk, ChunkEvent::file_aged, {.why = "the file is too old to create a job from"});
  });
}

/// Inputs whose chunk rests are deleted when the run says so. A file that is not there any more is as good as deleted;
/// any other failure leaves it to its 48 hours.
void Driver::clean_files() {
  if (run_.options.remote_cleanup == "none" || run_.stop || outage_since_ || !mandate_.spend) return;
  for (const RemoteFile& file : context_.store.files_to_clean(run_.key, kCleanAtOnce)) {
    if (busy_chunks_.contains(file.chunk)) continue;
    send(file.chunk, DeleteFile{file.name}, [this, key = file.key](const Answer& answer) {
      const auto* failure = std::get_if<Failure>(&answer);
      const bool gone = failure == nullptr || failure->kind == FailureKind::not_found;
      crash_point(CrashPoint::file_deleted);
      if (gone) stored_at_.reset();
      if (!gone) log(LogLevel::info, "a remote file stays until it expires: {}", failure->message);
      context_.store.write([&] { context_.store.set_file_state(key, gone ? FileState::deleted : FileState::gone); });
    });
  }
}

}  // namespace batchctl::app
