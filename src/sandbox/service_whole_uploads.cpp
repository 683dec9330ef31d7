#include <filesystem>
#include <nlohmann/json.hpp>

#include "sandbox/incoming_bytes.hpp"
#include "sandbox/related_parts.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"
#include "sandbox/upload_request.hpp"

namespace batchctl::sandbox {

/// The bytes of an upload that has no id yet: it is made when all of them are there, so a broken one leaves nothing.
class Arrival {
 public:
  explicit Arrival(std::string scratch)
      : path_(std::move(scratch)), file_(path_, OpenFile::Mode::read_write), bytes_(file_, 0, kFileBytesMax, &hash_) {}
  ~Arrival() {
    std::error_code gone_already;  // when it was kept
    std::filesystem::remove(path_, gone_already);
  }
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;

  void take(std::string_view bytes) { bytes_.take(bytes); }
  std::uint64_t received_bytes() const { return bytes_.received_bytes(); }
  bool is_too_large() const { return bytes_.are_too_many(); }
  /// Moves the file to `path` and returns its hash.
  std::string keep(const std::string& path) {
    std::filesystem::rename(path_, path);
    return hash_.hex();
  }
  void finish() { bytes_.finish(); }

 private:
  std::string path_;
  OpenFile file_;
  Sha256 hash_;
  IncomingBytes bytes_;
};

namespace {

constexpr std::size_t kDescriptionBytesMax = 65536;

Answer bad_multipart(const char* why) {
  return error_answer(400, std::string("Invalid multipart request with mime type multipart/related: ") + why);
}

}  // namespace

std::optional<Answer> Service::refused_whole(const std::string& project, const FileDescription& file,
                                             std::uint64_t bytes) {
  if (bytes > kFileBytesMax) return file_too_large();
  const std::lock_guard lock(mutex_);
  if (auto taken = refused_name(project, file.id)) return taken;
  return refused_storage(project, bytes);
}

Answer Service::stored_whole(const std::string& project, const FileDescription& file, Arrival& arrival) {
  if (arrival.is_too_large()) return file_too_large();
  arrival.finish();
  const std::lock_guard lock(mutex_);
  state_.ledger.bytes_received += arrival.received_bytes();
  if (auto full = refused_storage(project, arrival.received_bytes())) return *full;
  Upload& upload = state_.begin_upload(project, file, arrival.received_bytes(), now());
  const std::string hash = arrival.keep(state_.upload_path(upload.id));
  upload.received_bytes = arrival.received_bytes();
  return finished(upload, hash);
}

Answer Service::upload_plain(Request& request, const std::string& project) {
  Answer refusal;
  const auto file = description_of({}, request.header_or_empty("Content-Type"), request.fault, refusal);
  if (!file) return refusal;
  const auto length = parse_number(request.header_or_empty("Content-Length")).value_or(0);
  if (auto refused = refused_whole(project, *file, length)) return *refused;
  Arrival arrival(scratch_path());
  const bool whole = request.read_body([&arrival](std::string_view bytes) {
    arrival.take(bytes);
    return true;
  });
  return whole ? stored_whole(project, *file, arrival) : cut_connection();
}

Answer Service::upload_related(Request& request, const std::string& project) {
  const std::string boundary = boundary_of(request.header_or_empty("Content-Type"));
  if (boundary.empty()) return bad_multipart("it names no boundary.");
  Arrival arrival(scratch_path());
  std::string description;
  std::optional<FileDescription> file;
  std::optional<Answer> refusal;
  int part = 0;
  const auto begin_part = [&](const std::string& content_type) {
    if (++part != 2 || refusal) return;
    const auto json = nlohmann::json::parse(description, nullptr, false);
    Answer why = bad_multipart("the first part is not a JSON object.");
    if (json.is_object()) file = description_of(json, content_type, request.fault, why);
    refusal = file ? refused_whole(project, *file, 0) : std::optional(why);
  };
  const auto take_bytes = [&](std::string_view bytes) {
    if (refusal) return;
    if (part == 2) return arrival.take(bytes);
    if (part > 2 || description.size() + bytes.size() > kDescriptionBytesMax) {
      refusal = bad_multipart("it has one part with JSON, then one with bytes.");
    } else {
      description += bytes;
    }
  };
  RelatedParts parts(boundary, {begin_part, take_bytes});
  const bool whole = request.read_body([&parts](std::string_view bytes) {
    parts.take(bytes);
    return true;
  });
  if (!whole) return cut_connection();
  if (refusal) return *refusal;
  if (!file || !parts.is_complete()) return bad_multipart("it ends before its closing boundary.");
  return stored_whole(project, *file, arrival);
}

std::string Service::scratch_path() {
  const std::lock_guard lock(mutex_);
  return state_.scratch_path();
}

}  // namespace batchctl::sandbox
