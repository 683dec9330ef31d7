#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sandbox/incoming_bytes.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"
#include "sandbox/upload_request.hpp"

namespace batchctl::sandbox {
namespace {

constexpr const char* kOddPiece = "A piece that is not the last must be a multiple of 262144 bytes.";
constexpr const char* kTooManyBytes = "More bytes than declared.";
constexpr Duration kFailsAfter = seconds{10};         // a file that is to fail is PROCESSING at first
constexpr auto kIdleWait = std::chrono::seconds{20};  // wall time; a dead connection is noticed at once

Answer with_status(Answer answer, UploadState state) {
  answer.headers.emplace_back("x-goog-upload-status", wire_name(state));
  return answer;
}

/// There is no such upload, or another request has been bringing bytes to it all the time.
Answer not_idle(bool exists) {
  return exists ? error_answer(503, "The upload is in use.") : error_answer(404, "Upload not found.");
}

/// Frees the upload for the next request on every way out.
class Busy {
 public:
  Busy(Upload& upload, std::mutex& mutex, std::condition_variable& idle) : upload_(upload), mutex_(mutex), idle_(idle) {
    upload_.busy = true;
  }
  ~Busy() {
    const std::lock_guard lock(mutex_);
    upload_.busy = false;
    idle_.notify_all();
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  Upload& upload_;
  std::mutex& mutex_;
  std::condition_variable& idle_;
};

}  // namespace

Answer Service::start_upload(Request& request, const std::string& project) {
  Answer refusal;
  const auto form = upload_form_of(request, refusal);
  if (!form) return refusal;
  switch (*form) {
    case UploadForm::resumable:
      return start_resumable(request, project);
    case UploadForm::plain:
      return upload_plain(request, project);
    case UploadForm::related:
      return upload_related(request, project);
  }
  throw Bug("upload form");
}

Answer Service::start_resumable(Request& request, const std::string& project) {
  Answer refusal;
  const auto json = read_json(request, refusal);
  if (!json) return refusal;
  const auto file =
      description_of(*json, request.header_or_empty("X-Goog-Upload-Header-Content-Type"), request.fault, refusal);
  if (!file) return refusal;
  std::optional<std::uint64_t> declared;
  if (const auto length = request.header("X-Goog-Upload-Header-Content-Length")) {
    declared = parse_number(*length);
    if (!declared) return error_answer(400, "X-Goog-Upload-Header-Content-Length is not a number.");
    if (*declared > kFileBytesMax) return file_too_large();
  }

  const std::lock_guard lock(mutex_);
  if (auto taken = refused_name(project, file->id)) return *taken;
  const Upload& upload = state_.begin_upload(project, *file, declared, now());
  Answer answer;
  answer.headers.emplace_back(
      "x-goog-upload-url",
      fmt::format("{}/upload/v1beta/files?upload_id={}&upload_protocol=resumable", base_url_, upload.id));
  answer.headers.emplace_back("x-goog-upload-chunk-granularity", std::to_string(kUploadGranularity));
  return with_status(std::move(answer), UploadState::active);
}

/// The upload once no other request brings bytes to it; nullptr when there is none or it stays busy.
Upload* Service::idle_upload(std::unique_lock<std::mutex>& lock, const std::string& id) {
  Upload* upload = state_.find_upload(id, now());
  if (upload == nullptr) return nullptr;
  return upload_idle_.wait_for(lock, kIdleWait, [upload] { return !upload->busy; }) ? upload : nullptr;
}

Answer Service::query_upload(const Request& request) {
  std::unique_lock lock(mutex_);
  const std::string id = request.query_or_empty("upload_id");
  const Upload* upload = idle_upload(lock, id);
  if (upload == nullptr) return not_idle(state_.find_upload(id, now()) != nullptr);
  Answer answer;
  answer.headers.emplace_back("x-goog-upload-size-received", std::to_string(upload->received_bytes));
  return with_status(std::move(answer), upload->state);
}

Answer Service::cancel_upload(const Request& request) {
  std::unique_lock lock(mutex_);
  const std::string id = request.query_or_empty("upload_id");
  Upload* upload = idle_upload(lock, id);
  if (upload == nullptr) return not_idle(state_.find_upload(id, now()) != nullptr);
  if (upload->state == UploadState::active) state_.end_upload(*upload, UploadState::cancelled);
  return with_status({}, upload->state);
}

std::optional<Answer> Service::refused_piece(const Request& request, const Upload& upload, bool is_final) {
  const auto refuse = [&upload](const std::string& why) { return with_status(error_answer(400, why), upload.state); };
  if (upload.state != UploadState::active) return refuse("The upload is no longer active.");
  const auto offset_text = request.header("X-Goog-Upload-Offset");
  const auto offset = parse_number(offset_text.value_or(""));
  if (offset_text ? offset != upload.received_bytes : upload_command_of(request).upload) {
    return refuse(fmt::format("X-Goog-Upload-Offset must be {}, the number of bytes received.", upload.received_bytes));
  }
  const std::uint64_t length = parse_number(request.header_or_empty("Content-Length")).value_or(0);
  if (!is_final && length % kUploadGranularity != 0) {
    return refuse(kOddPiece);
  }
  const std::uint64_t after = upload.received_bytes + length;
  if (after > upload.declared_bytes.value_or(kFileBytesMax)) return refuse(kTooManyBytes);
  return refused_storage(upload.project, upload.declared_bytes.value_or(after));
}

Answer Service::upload_bytes(Request& request) {
  const UploadCommand command = upload_command_of(request);
  if (!command.upload && !command.finalize) return error_answer(400, "Unknown X-Goog-Upload-Command.");
  std::unique_lock lock(mutex_);
  const std::string id = request.query_or_empty("upload_id");
  Upload* upload = idle_upload(lock, id);
  if (upload == nullptr) return not_idle(state_.find_upload(id, now()) != nullptr);
  if (auto refusal = refused_piece(request, *upload, command.finalize)) return *refusal;
  const std::uint64_t offset = upload->received_bytes;
  const Busy busy(*upload, mutex_, upload_idle_);  // made locked, ends after the lock below
  lock.unlock();

  OpenFile bytes(state_.upload_path(upload->id), OpenFile::Mode::read_write);
  IncomingBytes incoming(bytes, offset, upload->declared_bytes.value_or(kFileBytesMax),
                         upload->hash ? &*upload->hash : nullptr);
  const bool whole = request.read_body([&incoming](std::string_view piece) {
    incoming.take(piece);
    return true;
  });
  // Of a cut piece the whole units stay, as the client learns when it asks; of a wrong one nothing does.
  const bool is_odd = whole && !command.finalize && incoming.received_bytes() % kUploadGranularity != 0;
  const bool is_wrong = is_odd || incoming.are_too_many();
  if (is_wrong) {
    bytes.truncate(offset);
    upload->hash.reset();  // it has seen what is not kept
  } else if (whole) {
    incoming.finish();
  } else {
    incoming.cut();
  }
  const std::uint64_t end = is_wrong ? offset : incoming.end();
  const bool is_complete = whole && command.finalize && !is_wrong && end == upload->declared_bytes.value_or(end);
  std::string hash;
  if (is_complete) hash = upload->hash ? upload->hash->hex() : sha256_of_file(state_.upload_path(upload->id));

  const std::lock_guard relock(mutex_);
  state_.ledger.bytes_received += incoming.received_bytes();
  upload->received_bytes = end;
  if (!whole) return cut_connection();
  const auto refuse = [](const std::string& why) { return with_status(error_answer(400, why), UploadState::active); };
  if (is_odd) return refuse(kOddPiece);
  if (is_wrong) return refuse(kTooManyBytes);
  if (!command.finalize) return with_status({}, UploadState::active);
  if (!is_complete) {
    return refuse(fmt::format("The upload was declared with {} bytes, {} were received.", *upload->declared_bytes,
                              upload->received_bytes));
  }
  return finished(*upload, hash);
}

/// Makes the file of an upload whose bytes are all there, or says why not; the upload ends either way.
Answer Service::finished(Upload& upload, const std::string& sha256_hex) {
  const auto& refused_types = options_.scenario.files.refused_types;
  Answer answer;
  if (std::find(refused_types.begin(), refused_types.end(), upload.file.mime_type) != refused_types.end()) {
    state_.end_upload(upload, UploadState::final);
    answer = error_answer(400, "Unsupported MIME type: " + upload.file.mime_type);
  } else if (auto taken = refused_name(upload.project, upload.file.id)) {
    state_.end_upload(upload, UploadState::final);
    answer = *std::move(taken);
  } else {
    Duration processing = options_.scenario.files.processing;
    if (upload.file.fate == FileFate::fails) processing = std::max<Duration>(processing, kFailsAfter);
    const StoredFile& file = state_.store_file(upload, sha256_hex, processing, now());
    answer = json_answer({{"file", resource_of(file, base_url_, now())}});
  }
  return with_status(std::move(answer), UploadState::final);
}

std::optional<Answer> Service::refused_name(const std::string& project, const std::string& id) {
  state_.remove_expired_files(now());
  if (id.empty() || state_.find_file(project, id, now()) == nullptr) return std::nullopt;
  switch (options_.scenario.files.taken) {
    case FileRules::Taken::conflict:
      return file_name_taken();
    case FileRules::Taken::bad_request:
      return file_name_in_use(id);
    case FileRules::Taken::replaces:
      return std::nullopt;
  }
  throw Bug("rule of taken names");
}

std::optional<Answer> Service::refused_storage(const std::string& project, std::uint64_t more_bytes) {
  state_.remove_expired_files(now());
  const auto breach = storage_breach(options_.scenario, state_.stored_bytes(project) + more_bytes);
  if (!breach) return std::nullopt;
  return refused(*breach);
}

}  // namespace batchctl::sandbox
