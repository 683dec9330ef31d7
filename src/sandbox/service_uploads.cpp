#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kDisplayNameMax = 512;
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
  const std::string protocol = to_lower(request.header_or_empty("X-Goog-Upload-Protocol"));
  if (protocol != "resumable" || !upload_command_of(request).start) {
    return error_answer(400,
                        "The sandbox takes resumable uploads only: X-Goog-Upload-Protocol: resumable, "
                        "X-Goog-Upload-Command: start.");
  }
  Answer refusal;
  const auto json = read_json(request, refusal);
  if (!json) return refusal;
  const auto& described = member(*json, "file", "file");
  FileDescription file;
  file.display_name = text_member(described, "displayName", "display_name");
  file.mime_type = text_member(described, "mimeType", "mime_type");
  if (file.mime_type.empty()) file.mime_type = request.header_or_empty("X-Goog-Upload-Header-Content-Type");
  if (file.mime_type.empty()) file.mime_type = "application/octet-stream";
  if (file.display_name.size() > kDisplayNameMax) {
    return error_answer(400, "* CreateFileRequest.file.display_name: cannot be more than 512 characters.\n");
  }
  if (const std::string name = text_member(described, "name", "name"); !name.empty()) {
    file.id = name.compare(0, 6, "files/") == 0 ? name.substr(6) : "";
    if (!has_file_id_charset(file.id)) return file_name_charset();
    if (file.id.size() > kFileIdMax) return file_id_too_long("CreateFileRequest.file.name");
  }
  std::optional<std::uint64_t> declared;
  if (const auto length = request.header("X-Goog-Upload-Header-Content-Length")) {
    declared = parse_number(*length);
    if (!declared) return error_answer(400, "X-Goog-Upload-Header-Content-Length is not a number.");
    if (*declared > kFileBytesMax) return error_answer(400, "The file is larger than the limit of 2147483648 bytes.");
  }

  const std::lock_guard lock(mutex_);
  state_.remove_expired_files(now());
  if (!file.id.empty() && state_.find_file(project, file.id, now()) != nullptr) return file_name_taken();
  const Upload& upload = state_.begin_upload(project, file, declared);
  Answer answer;
  answer.headers.emplace_back(
      "x-goog-upload-url",
      fmt::format("{}/upload/v1beta/files?upload_id={}&upload_protocol=resumable", base_url_, upload.id));
  answer.headers.emplace_back("x-goog-upload-chunk-granularity", std::to_string(kUploadGranularity));
  return with_status(std::move(answer), UploadState::active);
}

/// The upload once no other request brings bytes to it; nullptr when there is none or it stays busy.
Upload* Service::idle_upload(std::unique_lock<std::mutex>& lock, const std::string& id) {
  Upload* upload = state_.find_upload(id);
  if (upload == nullptr) return nullptr;
  return upload_idle_.wait_for(lock, kIdleWait, [upload] { return !upload->busy; }) ? upload : nullptr;
}

Answer Service::query_upload(const Request& request) {
  std::unique_lock lock(mutex_);
  const std::string id = request.query_or_empty("upload_id");
  const Upload* upload = idle_upload(lock, id);
  if (upload == nullptr) return not_idle(state_.find_upload(id) != nullptr);
  Answer answer;
  answer.headers.emplace_back("x-goog-upload-size-received", std::to_string(upload->received_bytes));
  return with_status(std::move(answer), upload->state);
}

Answer Service::cancel_upload(const Request& request) {
  std::unique_lock lock(mutex_);
  const std::string id = request.query_or_empty("upload_id");
  Upload* upload = idle_upload(lock, id);
  if (upload == nullptr) return not_idle(state_.find_upload(id) != nullptr);
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
    return refuse(fmt::format("A piece that is not the last must be a multiple of {} bytes.", kUploadGranularity));
  }
  const std::uint64_t after = upload.received_bytes + length;
  if (after > upload.declared_bytes.value_or(kFileBytesMax)) return refuse("More bytes than declared.");
  const std::uint64_t stored = state_.stored_bytes(upload.project, now()) + upload.declared_bytes.value_or(after);
  if (const auto breach = storage_breach(options_.scenario, stored)) return refused(*breach);
  return std::nullopt;
}

Answer Service::upload_bytes(Request& request) {
  const UploadCommand command = upload_command_of(request);
  if (!command.upload && !command.finalize) return error_answer(400, "Unknown X-Goog-Upload-Command.");
  std::unique_lock lock(mutex_);
  const std::string id = request.query_or_empty("upload_id");
  Upload* upload = idle_upload(lock, id);
  if (upload == nullptr) return not_idle(state_.find_upload(id) != nullptr);
  if (auto refusal = refused_piece(request, *upload, command.finalize)) return *refusal;
  const std::uint64_t offset = upload->received_bytes;
  const Busy busy(*upload, mutex_, upload_idle_);  // made locked, ends after the lock below
  lock.unlock();

  OpenFile bytes(state_.upload_path(upload->id), OpenFile::Mode::read_write);
  std::uint64_t end = offset;
  const std::uint64_t limit = upload->declared_bytes.value_or(kFileBytesMax);
  const bool whole = request.read_body([&](std::string_view piece) {
    if (end + piece.size() > limit) return false;
    bytes.write_at(end, piece);
    end += piece.size();
    return true;
  });
  const std::uint64_t got = end - offset;
  // Of a cut piece the whole units stay, as the client learns when it asks; of a wrong one nothing does.
  const bool is_wrong = whole && !command.finalize && got % kUploadGranularity != 0;
  const std::uint64_t kept = is_wrong ? 0 : whole ? got : got - got % kUploadGranularity;
  if (kept < got) bytes.truncate(offset + kept);
  const bool is_complete = whole && command.finalize && offset + kept == upload->declared_bytes.value_or(offset + kept);
  const std::string hash = is_complete ? sha256_of_file(state_.upload_path(upload->id)) : "";

  const std::lock_guard relock(mutex_);
  state_.ledger.bytes_received += got;
  upload->received_bytes = offset + kept;
  if (!whole) {
    Answer answer;
    answer.drop = true;
    return answer;
  }
  if (is_wrong) {
    return with_status(error_answer(400, "A piece that is not the last must be a multiple of 262144 bytes."),
                       UploadState::active);
  }
  if (!command.finalize) return with_status({}, UploadState::active);
  if (!is_complete) {
    return with_status(error_answer(400, fmt::format("The upload was declared with {} bytes, {} were received.",
                                                     *upload->declared_bytes, upload->received_bytes)),
                       UploadState::active);
  }
  return finished(*upload, hash);
}

Answer Service::finished(Upload& upload, const std::string& sha256_hex) {
  state_.remove_expired_files(now());
  Answer answer;
  if (upload.file.mime_type.find('/') == std::string::npos) {
    state_.end_upload(upload, UploadState::final);
    answer = error_answer(400, "Unsupported MIME type: " + upload.file.mime_type);
  } else if (!upload.file.id.empty() && state_.find_file(upload.project, upload.file.id, now()) != nullptr) {
    state_.end_upload(upload, UploadState::final);
    answer = file_name_taken();
  } else {
    const StoredFile& file = state_.store_file(upload, sha256_hex, now());
    answer = json_answer({{"file", resource_of(file, base_url_)}});
  }
  return with_status(std::move(answer), UploadState::final);
}

}  // namespace batchctl::sandbox
