#include "sandbox/files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/hashing.hpp"
#include "sandbox/json_reader.hpp"

namespace batchctl::sandbox {
namespace {

constexpr Word<FileFate> kFileFates[] = {
    {"active", FileFate::active}, {"stuck", FileFate::stuck}, {"fails", FileFate::fails}};

const char* spelled(FileFate fate) {
  for (const auto& word : kFileFates) {
    if (word.choice == fate) return word.text;
  }
  throw Bug("file fate");
}

/// Journals of before this member have none.
FileFate fate_of(const nlohmann::json& entry) {
  const std::string text = entry.value("fate", spelled(FileFate::active));
  for (const auto& word : kFileFates) {
    if (text == word.text) return word.choice;
  }
  throw Bug("file fate");
}

const char* wire_name(FileState state) {
  switch (state) {
    case FileState::processing:
      return "PROCESSING";
    case FileState::active:
      return "ACTIVE";
    case FileState::failed:
      return "FAILED";
  }
  throw Bug("file state");
}

}  // namespace

const char* wire_name(UploadState state) {
  switch (state) {
    case UploadState::active:
      return "active";
    case UploadState::final:
      return "final";
    case UploadState::cancelled:
      return "cancelled";
  }
  throw Bug("upload state");
}

FileState state_of(const StoredFile& file, Instant now) {
  if (file.fate == FileFate::stuck || now < file.processed) return FileState::processing;
  return file.fate == FileFate::fails ? FileState::failed : FileState::active;
}

bool has_file_id_charset(const std::string& id) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !id.empty() && id.front() != '-' && id.back() != '-' && std::all_of(id.begin(), id.end(), fits);
}

std::size_t count_characters(const std::string& text) {
  const auto begins_one = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_one));
}

nlohmann::ordered_json resource_of(const StoredFile& file, const std::string& base_url, Instant now) {
  const FileState state = state_of(file, now);
  const std::uint64_t salt = hash_on(0, file.id);
  const std::string name = "files/" + file.id;
  nlohmann::ordered_json resource = {{"name", name}};
  if (!file.display_name.empty()) resource["displayName"] = file.display_name;
  resource["mimeType"] = file.mime_type;
  if (file.size_bytes > 0) resource["sizeBytes"] = std::to_string(file.size_bytes);
  resource["createTime"] = to_rfc3339_ns(file.created, salt);
  resource["updateTime"] =
      to_rfc3339_ns(state == FileState::processing ? file.created : std::max(file.created, file.processed), salt);
  resource["expirationTime"] = to_rfc3339_ns(file.created + kFileLife, salt);
  resource["sha256Hash"] = to_base64(file.sha256_hex);  // of the hex characters, as the service does
  resource["uri"] = base_url + "/v1beta/" + name;
  resource["state"] = wire_name(state);
  resource["source"] = "UPLOADED";
  if (state == FileState::failed) {
    resource["error"] = {{"code", 13}, {"message", "The file failed to be processed."}};
  }
  return resource;
}

nlohmann::ordered_json resource_of_output(const std::string& id, std::uint64_t size_bytes, Instant created,
                                          const std::string& base_url) {
  const std::string name = "files/" + id;
  const std::string uri = base_url + "/v1beta/" + name;
  const std::string time = to_rfc3339_ns(created, hash_on(0, id));
  nlohmann::ordered_json resource = {{"name", name}, {"mimeType", "application/octet-stream"}};
  if (size_bytes > 0) resource["sizeBytes"] = std::to_string(size_bytes);
  resource["createTime"] = time;
  resource["updateTime"] = time;
  resource["uri"] = uri;
  resource["state"] = "ACTIVE";
  resource["source"] = "GENERATED";
  resource["downloadUri"] = uri + ":download?alt=media";
  return resource;
}

nlohmann::json to_journal(const Upload& upload) {
  nlohmann::json entry = {{"event", "upload"},
                          {"id", upload.id},
                          {"project", upload.project},
                          {"file", upload.file.id},
                          {"display_name", upload.file.display_name},
                          {"mime_type", upload.file.mime_type},
                          {"fate", spelled(upload.file.fate)},
                          {"started", to_unix_ms(upload.started)}};
  if (upload.declared_bytes) entry["declared"] = *upload.declared_bytes;
  return entry;
}

Upload upload_from_journal(const nlohmann::json& entry) {
  Upload upload;
  entry.at("id").get_to(upload.id);
  entry.at("project").get_to(upload.project);
  entry.at("file").get_to(upload.file.id);
  entry.at("display_name").get_to(upload.file.display_name);
  entry.at("mime_type").get_to(upload.file.mime_type);
  upload.file.fate = fate_of(entry);
  upload.started = from_unix_ms(entry.value("started", std::int64_t{0}));
  if (entry.contains("declared")) upload.declared_bytes = entry.at("declared").get<std::uint64_t>();
  return upload;
}

nlohmann::json to_journal(const StoredFile& file) {
  return {{"event", "file"},
          {"id", file.id},
          {"project", file.project},
          {"display_name", file.display_name},
          {"mime_type", file.mime_type},
          {"upload", file.upload_id},
          {"serial", file.serial},
          {"bytes", file.size_bytes},
          {"sha256", file.sha256_hex},
          {"created", to_unix_ms(file.created)},
          {"processed", to_unix_ms(file.processed)},
          {"fate", spelled(file.fate)}};
}

StoredFile file_from_journal(const nlohmann::json& entry) {
  StoredFile file;
  entry.at("id").get_to(file.id);
  entry.at("project").get_to(file.project);
  entry.at("display_name").get_to(file.display_name);
  entry.at("mime_type").get_to(file.mime_type);
  entry.at("upload").get_to(file.upload_id);
  entry.at("serial").get_to(file.serial);
  entry.at("bytes").get_to(file.size_bytes);
  entry.at("sha256").get_to(file.sha256_hex);
  file.created = from_unix_ms(entry.at("created"));
  file.processed = from_unix_ms(entry.value("processed", to_unix_ms(file.created)));
  file.fate = fate_of(entry);
  return file;
}

}  // namespace batchctl::sandbox
