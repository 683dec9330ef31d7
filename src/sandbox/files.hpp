// Uploaded files and uploads in progress, as values. Both keep their bytes in `uploads/<upload id>` of the directory.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/sha256.hpp"
#include "base/time.hpp"

namespace batchctl::sandbox {

constexpr Duration kFileLife = hours{48};
constexpr Duration kUploadLife = hours{24 * 7};  // of a sibling service (Photos: resumable uploads); unknown here
constexpr std::size_t kFileIdMax = 40;
constexpr std::size_t kFileDisplayNameMax = 512;      // characters
constexpr std::uint64_t kUploadGranularity = 262144;  // bytes; pieces but the last are multiples of it
constexpr std::uint64_t kFileBytesMax = 2147483648;

enum class UploadState { active, final, cancelled };

/// The value of `x-goog-upload-status`.
const char* wire_name(UploadState state);

enum class FileState { processing, active, failed };

/// What becomes of a file, by order.
enum class FileFate { active, stuck, fails };

/// What the client says about a file before its bytes come.
struct FileDescription {
  std::string id;  // chosen by the client; empty = the service chooses
  std::string display_name;
  std::string mime_type;
  FileFate fate = FileFate::active;
};

struct Upload {
  std::string id;
  std::string project;
  FileDescription file;
  std::optional<std::uint64_t> declared_bytes;
  Instant started{};
  std::uint64_t received_bytes = 0;
  UploadState state = UploadState::active;
  bool busy = false;           // a request is bringing bytes
  std::optional<Sha256> hash;  // of the received bytes; not after a restart
};

inline bool is_expired(const Upload& upload, Instant now) { return now >= upload.started + kUploadLife; }

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
  Instant processed{};  // PROCESSING before
  FileFate fate = FileFate::active;
};

inline bool is_expired(const StoredFile& file, Instant now) { return now >= file.created + kFileLife; }

FileState state_of(const StoredFile& file, Instant now);

/// Lower-case letters, digits and inner dashes; says nothing about the length.
bool has_file_id_charset(const std::string& id);

/// UTF-8 characters.
std::size_t count_characters(const std::string& text);

nlohmann::ordered_json resource_of(const StoredFile& file, const std::string& base_url, Instant now);

/// Of a job's generated output.
nlohmann::ordered_json resource_of_output(const std::string& id, std::uint64_t size_bytes, Instant created,
                                          const std::string& base_url);

nlohmann::json to_journal(const Upload& upload);
Upload upload_from_journal(const nlohmann::json& entry);
nlohmann::json to_journal(const StoredFile& file);
StoredFile file_from_journal(const nlohmann::json& entry);

}  // namespace batchctl::sandbox
