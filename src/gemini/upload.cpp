#include "gemini/upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "gemini/meaning.hpp"
#include "gemini/wire.hpp"

namespace batchctl::gemini {
namespace {

constexpr Duration kFinishStall = minutes{5};  // the service may look at the whole file before it answers
constexpr std::uint64_t kLargestGranularity = 64ULL << 20U;

Failure other_bytes(std::string message) {
  Failure failure;
  failure.kind = FailureKind::source;
  failure.message = std::move(message);
  return failure;
}

/// What the source threw, as a failure of this file alone: other answers of the same wait must not be lost.
Failure source_failure(const Fatal& fatal) {
  Failure failure = other_bytes(fatal.what());
  failure.kind = fatal.exit() == ExitCode::failed ? FailureKind::local : FailureKind::source;
  failure.reason = fatal.code();
  return failure;
}

Failure start_over(const http::Response& response, std::string message) {
  Failure failure;
  failure.kind = FailureKind::server;
  failure.http_status = response.status;
  failure.message = std::move(message);
  return failure;
}

bool is_answer(const http::Response& response) {
  return response.kind == http::ResponseKind::answered && is_success(response.status);
}

std::string status_of(const http::Response& response) {
  const std::string* status = response.header("x-goog-upload-status");
  return status == nullptr ? std::string() : *status;
}

}  // namespace

Upload::Upload(const Endpoint& endpoint, UploadFile file) : endpoint_(endpoint), file_(std::move(file)) {}

Step Upload::begin() {
  try {
    source_ = file_.open();
  } catch (const Fatal& fatal) {
    return source_failure(fatal);
  }
  if (file_.bytes <= kPieceBytes) {
    std::string whole;
    if (auto failure = read_last(file_.bytes, whole)) return std::move(*failure);
    piece_ = std::make_shared<const std::string>(std::move(whole));
  }
  return start();
}

Step Upload::go_on(http::Response response) {
  switch (stage_) {
    case Stage::starting:
      return started(response);
    case Stage::sending:
      return sent_piece(response);
    case Stage::finishing:
      return finished(response);
    case Stage::comparing:
      return compared(response);
    case Stage::cancelling:
      return std::move(failure_);
  }
  throw Bug("an upload in no stage");
}

Step Upload::start() {
  stage_ = Stage::starting;
  const std::string mime = kMimeTypes[mime_];
  http::Request request = endpoint_.post_json("/upload/v1beta/files", upload_start_body(file_, mime));
  request.headers.push_back({"X-Goog-Upload-Protocol", "resumable"});
  request.headers.push_back({"X-Goog-Upload-Command", "start"});
  request.headers.push_back({"X-Goog-Upload-Header-Content-Length", fmt::format("{}", file_.bytes)});
  request.headers.push_back({"X-Goog-Upload-Header-Content-Type", mime});
  return request;
}

Step Upload::started(const http::Response& response) {
  if (!is_answer(response)) {
    Failure failure = failure_of(response, About::nothing);
    // No source shows how a taken name is refused: whatever the words are, look at what is there.
    if (failure.kind == FailureKind::rejected) return compare_with_present(std::move(failure));
    return failure;
  }
  const std::string* url = response.header("x-goog-upload-url");
  const auto home = url == nullptr ? std::nullopt : endpoint_.at_home(*url);
  if (!home) return start_over(response, "the upload was begun without a readable upload URL");
  url_ = *home;

  if (const std::string* granularity = response.header("x-goog-upload-chunk-granularity")) {
    const auto bytes = int64_of(nlohmann::json(*granularity));
    if (bytes && *bytes > 0 && static_cast<std::uint64_t>(*bytes) <= kLargestGranularity) {
      const auto unit = static_cast<std::uint64_t>(*bytes);
      piece_bytes_ = std::max(unit, kPieceBytes / unit * unit);
    }
  }
  return send_piece();
}

Step Upload::send_piece() {
  const bool is_last = piece_ != nullptr || file_.bytes - offset_ <= piece_bytes_;
  if (piece_ == nullptr) {
    std::string piece;
    auto failure = is_last ? read_last(file_.bytes - offset_, piece) : read(piece_bytes_, piece);
    if (!failure && piece.size() < std::min(piece_bytes_, file_.bytes - offset_)) {
      failure = other_bytes("the input is shorter than it was");
    }
    if (failure) return give_up(std::move(*failure));
    piece_ = std::make_shared<const std::string>(std::move(piece));
  }
  stage_ = is_last ? Stage::finishing : Stage::sending;
  http::Request request = endpoint_.upload(url_);
  request.headers.push_back({"X-Goog-Upload-Command", is_last ? "upload, finalize" : "upload"});
  request.headers.push_back({"X-Goog-Upload-Offset", fmt::format("{}", offset_)});
  request.body = piece_;
  if (is_last) request.stall = kFinishStall;
  return request;
}

Step Upload::sent_piece(const http::Response& response) {
  if (!is_answer(response)) {
    Failure failure = failure_of(response, About::nothing);
    // About the upload, not about the file: it cannot go on, a new one can.
    if (failure.kind == FailureKind::rejected) failure.kind = FailureKind::server;
    return failure;
  }
  if (status_of(response) != "active") return start_over(response, "the upload is no longer active");
  offset_ += piece_->size();
  piece_.reset();
  return send_piece();
}

Step Upload::finished(const http::Response& response) {
  if (!is_answer(response)) {
    Failure failure = failure_of(response, About::nothing);
    if (failure.kind == FailureKind::rejected && failure.http_status == 404) failure.kind = FailureKind::server;
    if (failure.kind == FailureKind::rejected) return compare_with_present(std::move(failure));
    return failure;
  }
  // The status header says `final` of failures too: only the file itself is proof.
  const auto body = read_object(response.body);
  const auto facts = body && body->contains("file") ? file_facts((*body)["file"]) : std::nullopt;
  if (!facts) return unreadable(response, "an upload");
  if (facts->state != FileFacts::State::failed && !is_ours(*facts)) {
    Failure failure;
    failure.kind = FailureKind::rejected;
    failure.http_status = response.status;
    failure.reason = "hash_mismatch";
    failure.message =
        fmt::format("the service holds other bytes than were sent: {} of {} bytes, SHA-256 {} instead of {}",
                    facts->bytes, file_.bytes, facts->sha256.value_or("unknown"), file_.sha256);
    return failure;
  }
  return *facts;
}

Step Upload::compare_with_present(Failure refusal) {
  stage_ = Stage::comparing;
  failure_ = std::move(refusal);
  return endpoint_.get("/v1beta/" + escaped_name(full_file_name(file_.id.value)));
}

Step Upload::compared(const http::Response& response) {
  if (!is_answer(response)) {
    Failure failure = failure_of(response, About::file);
    if (failure.kind == FailureKind::not_found) return std::move(failure_);  // the name was free: the refusal stands
    return failure;
  }
  const auto body = read_object(response.body);
  const auto facts = body ? file_facts(*body) : std::nullopt;
  if (!facts) return unreadable(response, "a file");
  if (facts->sha256 && is_ours(*facts) && facts->state != FileFacts::State::failed) return *facts;
  failure_.reason = "name_taken";
  failure_.message = fmt::format("the name {} is taken by other bytes; the service said: {}",
                                 full_file_name(file_.id.value), failure_.message);
  return std::move(failure_);
}

Step Upload::give_up(Failure failure) {
  stage_ = Stage::cancelling;
  failure_ = std::move(failure);
  http::Request request = endpoint_.upload(url_);
  request.headers.push_back({"X-Goog-Upload-Command", "cancel"});
  return request;
}

std::optional<Failure> Upload::read(std::uint64_t bytes, std::string& piece) {
  piece.resize(static_cast<std::size_t>(bytes));
  std::size_t filled = 0;
  try {
    while (filled < piece.size()) {
      const std::size_t got = source_->read(std::span(piece).subspan(filled));
      if (got == 0) break;
      filled += got;
    }
  } catch (const Fatal& fatal) {
    return source_failure(fatal);
  }
  piece.resize(filled);
  hash_.update(piece);
  return std::nullopt;
}

std::optional<Failure> Upload::read_last(std::uint64_t bytes, std::string& piece) {
  if (auto failure = read(bytes, piece)) return failure;
  if (piece.size() < bytes) return other_bytes("the input is shorter than it was");
  std::string more;
  if (auto failure = read(1, more)) return failure;
  if (!more.empty()) return other_bytes("the input is longer than it was");
  source_.reset();
  if (hash_.hex() != file_.sha256) return other_bytes("the input is no longer what it was: its SHA-256 differs");
  return std::nullopt;
}

/// As far as the service told size and hash.
bool Upload::is_ours(const FileFacts& facts) const {
  const bool same_size = facts.bytes == file_.bytes || (facts.bytes == 0 && facts.sha256);
  return same_size && (!facts.sha256 || *facts.sha256 == file_.sha256);
}

}  // namespace batchctl::gemini
