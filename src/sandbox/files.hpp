// Uploaded files and uploads in progress, as values. Both keep their bytes in `uploads/<upload id>` of the directory.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace batchctl::sandbox {

constexpr Duration kFileLife = hours{48};
constexpr std::size_t kFileIdMax = 40;
constexpr std::uint64_t kUploadGranularity = 262144;  // bytes; pieces but the last are multiples of it
constexpr std::uint64_t kFileBytesMax = 2147483648;

enum class UploadState { active, final, cancelled };

/// The value of `x-goog-upload-status`.
const char* wire_name(UploadState state);

/// What the client says about a file before its bytes come.
struct FileDescription {
  std::string id;  // chosen by the client; empty = the service chooses
  std::string display_name;
  std::string mime_type;
};

struct Upload {
  std::string id;
  std::string project;
  FileDescription file;
  std::optional<std::uint64_t> declared_bytes;
  std::uint64_t received_bytes = 0;
  UploadState state = UploadState::active;
  bool busy = false;  // a request is bringing bytes
};

struct StoredFile {
  std::string id;
  std::string project;
  std::string display_name;
  std::string mime_type;
  std::string upload_id;
  std::uint64_t serial = 0;
  std::uint64_t size_bytes = 0;
  std::string sha256_hex;
  Instant created{};
};

inline bool is_expired(const StoredFile& file, Instant now) { return now >= file.created + kFileLife; }

/// Lower-case letters, digits and inner dashes; says nothing about the length.
bool has_file_id_charset(const std::string& id);

nlohmann::ordered_json resource_of(const StoredFile& file, const std::string& base_url);

nlohmann::json to_journal(const Upload& upload);
Upload upload_from_journal(const nlohmann::json& entry);
nlohmann::json to_journal(const StoredFile& file);
StoredFile file_from_journal(const nlohmann::json& entry);

}  // namespace batchctl::sandbox
