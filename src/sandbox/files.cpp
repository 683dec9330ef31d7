#include "sandbox/files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/hashing.hpp"

namespace batchctl::sandbox {

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

bool has_file_id_charset(const std::string& id) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !id.empty() && id.front() != '-' && id.back() != '-' && std::all_of(id.begin(), id.end(), fits);
}

nlohmann::ordered_json resource_of(const StoredFile& file, const std::string& base_url) {
  const std::uint64_t salt = hash_on(0, file.id);
  const std::string name = "files/" + file.id;
  nlohmann::ordered_json resource = {{"name", name}};
  if (!file.display_name.empty()) resource["displayName"] = file.display_name;
  resource["mimeType"] = file.mime_type;
  if (file.size_bytes > 0) resource["sizeBytes"] = std::to_string(file.size_bytes);
  resource["createTime"] = to_rfc3339_ns(file.created, salt);
  resource["updateTime"] = to_rfc3339_ns(file.created, salt);
  resource["expirationTime"] = to_rfc3339_ns(file.created + kFileLife, salt);
  resource["sha256Hash"] = to_base64(file.sha256_hex);  // of the hex characters, as the service does
  resource["uri"] = base_url + "/v1beta/" + name;
  resource["state"] = "ACTIVE";
  resource["source"] = "UPLOADED";
  return resource;
}

nlohmann::json to_journal(const Upload& upload) {
  nlohmann::json entry = {{"event", "upload"},
                          {"id", upload.id},
                          {"project", upload.project},
                          {"file", upload.file.id},
                          {"display_name", upload.file.display_name},
                          {"mime_type", upload.file.mime_type}};
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
          {"created", to_unix_ms(file.created)}};
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
  return file;
}

}  // namespace batchctl::sandbox
