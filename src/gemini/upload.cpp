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
constexpr Duration kQueryStall = seconds{30};  // a short question, asked again
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

/// Nothing is wrong with the file: a new upload may cure it.
Failure start_over(const http::Response& response, std::string message) {
  Failure failure;
  failure.kind = FailureKind::server;
  failure.http_status = response.status;
  failure.message = std::move(message);
  return failure;
}

bool succeeded(const http::Response& response) {
  return response.kind == http::ResponseKind::answered && is_success(response.status);
}

std::string status_of(const http::Response& response) {
  const std::string* status = response.header("x-goog-upload-status");
  return status == nullptr ? std::string() : *status;
}

/// How far the service is, by its own count.
std::optional<std::uint64_t> size_received(const http::Response& response) {
  const std::string* size = response.header("x-goog-upload-size-received");
  const auto bytes = size == nullptr ? std::nullopt : int64_of(nlohmann::json(*size));
  return bytes && *bytes >= 0 ? std::optional(static_cast<std::uint64_t>(*bytes)) : std::nullopt;
}

/// Whether the bytes arrived is not known, and asking may tell.
bool is_unknown(const Failure& failure) {
  return failure.kind == FailureKind::unreachable || failure.kind == FailureKind::server;
}

Failure of_upload(const http::Response& response) {
  Failure failure = failure_of(response, About::nothing);
  // About the upload, not about the file: it cannot go on, a new one can.
  if (failure.kind == FailureKind::rejected) failure.kind = FailureKind::server;
  return failure;
}

}  // namespace

Upload::Upload(const Endpoint& endpoint, UploadFile file, std::string& taken_mime)
    : endpoint_(endpoint), file_(std::move(file)), taken_mime_(taken_mime) {}

Step Upload::begin() {
  if (types_.empty()) types_ = mime_types_from(taken_mime_.empty() ? file_.known_mime : taken_mime_);
  hash_ = Sha256();
  offset_ = 0;
  piece_.reset();
  piece_bytes_ = kPieceBytes;
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
    case Stage::asking:
      return told(response);
    case Stage::comparing:
      return compared(response);
    case Stage::looking:
      return looked(response);
    case Stage::cancelling:
      return std::move(failure_);
  }
  throw Bug("an upload in no stage");
}

Step Upload::start() {
  stage_ = Stage::starting;
  const std::string& mime = types_[type_];
  http::Request request = endpoint_.post_json("/upload/v1beta/files", upload_start_body(file_, mime));
  request.headers.push_back({"X-Goog-Upload-Protocol", "resumable"});
  request.headers.push_back({"X-Goog-Upload-Command", "start"});
  request.headers.push_back({"X-Goog-Upload-Header-Content-Length", fmt::format("{}", file_.bytes)});
  request.headers.push_back({"X-Goog-Upload-Header-Content-Type", mime});
  return request;
}

Step Upload::started(const http::Response& response) {
  if (!succeeded(response)) {
    if (refuses_mime(response)) return next_mime(response);
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
  const bool is_last = offset_ + (piece_ != nullptr ? piece_->size() : piece_bytes_) >= file_.bytes;
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
  if (!succeeded(response)) {
    if (refuses_mime(response)) return next_mime(response);
    Failure failure = failure_of(response, About::nothing);
    return is_unknown(failure) ? ask(std::move(failure)) : of_upload(response);
  }
  const std::string status = status_of(response);
  if (status.empty()) return ask(start_over(response, "a piece was answered without the upload's status"));
  if (status != "active") return start_over(response, "the upload is no longer active");
  offset_ += piece_->size();
  piece_.reset();
  return send_piece();
}

Step Upload::finished(const http::Response& response) {
  if (!succeeded(response)) {
    if (refuses_mime(response)) return next_mime(response);
    Failure failure = failure_of(response, About::nothing);
    if (is_unknown(failure)) return ask(std::move(failure));
    if (failure.kind == FailureKind::rejected && failure.http_status == 404) return of_upload(response);
    if (failure.kind == FailureKind::rejected) return compare_with_present(std::move(failure));
    return failure;
  }
  // The status header says `final` of failures too: only the file itself is proof.
  const auto body = read_object(response.body);
  auto facts = body && body->contains("file") ? file_facts((*body)["file"]) : std::nullopt;
  if (facts) return judge(std::move(*facts), response.status);
  Failure without_file = unreadable(response, "an upload");
  // Google's JS SDK notes that now and then all bytes are there and the file is not made (_cross_uploader.ts, 2026-08).
  if (status_of(response) == "active") return ask(std::move(without_file));
  return look_for_file(std::move(without_file));
}

/// What our own last piece made.
Step Upload::judge(FileFacts facts, int http_status) {
  // While it is PROCESSING its size may not be told yet; who asks again compares then.
  if (facts.state == FileFacts::State::active && !is_ours(facts)) {
    Failure failure;
    failure.kind = FailureKind::rejected;
    failure.http_status = http_status;
    failure.reason = "hash_mismatch";
    failure.message =
        fmt::format("the service holds other bytes than were sent: {} of {} bytes, SHA-256 {} instead of {}",
                    facts.bytes, file_.bytes, facts.sha256.value_or("unknown"), file_.sha256);
    return failure;
  }
  if (facts.mime.empty()) facts.mime = types_[type_];
  if (facts.state != FileFacts::State::failed) taken_mime_ = types_[type_];
  return facts;
}

/// Asks how far the service is; `why` is the answer when nothing comes of it.
Step Upload::ask(Failure why) {
  failure_ = std::move(why);
  if (queries_ == kMostQueries) return std::move(failure_);
  ++queries_;
  stage_ = Stage::asking;
  http::Request request = endpoint_.upload(url_);
  request.headers.push_back({"X-Goog-Upload-Command", "query"});
  request.delay = delay_before(queries_);
  request.stall = kQueryStall;
  return request;
}

Step Upload::told(const http::Response& response) {
  if (!succeeded(response)) {
    Failure failure = failure_of(response, About::nothing);
    return is_unknown(failure) ? ask(std::move(failure)) : of_upload(response);
  }
  const std::string status = status_of(response);
  if (status == "final") return look_for_file(start_over(response, "the upload ended, and there is no file"));
  if (status != "active") return start_over(response, "the upload is no longer active");
  const auto received = size_received(response);
  if (!received || *received < offset_ || *received > offset_ + piece_->size()) {
    return start_over(response, fmt::format("the upload stands at byte {}, which cannot be sent again from here",
                                            received ? fmt::format("{}", *received) : "unknown"));
  }
  const bool is_whole = *received == file_.bytes;
  const auto taken = static_cast<std::size_t>(*received - offset_);
  offset_ = *received;
  if (taken == piece_->size() && !is_whole) {
    piece_.reset();
  } else if (taken > 0) {
    piece_ = std::make_shared<const std::string>(piece_->substr(taken));  // nothing is left of a whole file: finalize
  }
  return send_piece();
}

/// Begun anew under the next type; when there is none, the service's words stand, with all that was tried.
Step Upload::next_mime(const http::Response& response) {
  if (type_ + 1 < types_.size()) {
    ++type_;
    return begin();
  }
  Failure failure = failure_of(response, About::nothing);
  failure.message = fmt::format("{} (tried: {})", failure.message, fmt::join(types_, ", "));
  return compare_with_present(std::move(failure));
}

Step Upload::find_by_name(Stage stage, Failure otherwise) {
  stage_ = stage;
  failure_ = std::move(otherwise);
  return endpoint_.get("/v1beta/" + escaped_name(full_file_name(file_.id.value)));
}

/// Refused, maybe because of what lies under our name from before.
Step Upload::compare_with_present(Failure refusal) { return find_by_name(Stage::comparing, std::move(refusal)); }

Step Upload::compared(const http::Response& response) {
  if (!succeeded(response)) {
    Failure failure = failure_of(response, About::file);
    if (failure.kind == FailureKind::not_found) return std::move(failure_);  // the name was free: the refusal stands
    return failure;
  }
  const auto body = read_object(response.body);
  const auto facts = body ? file_facts(*body) : std::nullopt;
  if (!facts) return unreadable(response, "a file");
  if (facts->sha256 && is_ours(*facts) && facts->state != FileFacts::State::failed) return *facts;
  return name_is_taken();
}

Step Upload::name_is_taken() {
  failure_.kind = FailureKind::rejected;
  failure_.reason = "name_taken";
  failure_.message = fmt::format("the name {} is taken by other bytes; the service said: {}",
                                 full_file_name(file_.id.value), failure_.message);
  return std::move(failure_);
}

/// The upload ended and did not show its file: it may be there all the same.
Step Upload::look_for_file(Failure otherwise) { return find_by_name(Stage::looking, std::move(otherwise)); }

Step Upload::looked(const http::Response& response) {
  if (!succeeded(response)) {
    Failure failure = failure_of(response, About::file);
    if (failure.kind == FailureKind::not_found) return std::move(failure_);
    return failure;
  }
  const auto body = read_object(response.body);
  auto facts = body ? file_facts(*body) : std::nullopt;
  if (!facts) return unreadable(response, "a file");
  if (facts->state == FileFacts::State::active && !is_ours(*facts)) return name_is_taken();
  return judge(std::move(*facts), response.status);
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
