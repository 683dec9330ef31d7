// A file descriptor that is closed with its owner, and the few things the sandbox does with files. All throw Fatal
// when the disk says no.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace batchctl::sandbox {

class OpenFile {
 public:
  enum class Mode { read, append, read_write };

  /// Opens, and makes the file unless the mode is `read`.
  OpenFile(const std::string& path, Mode mode);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::uint64_t size_bytes() const;
  /// Bytes put into `buffer`, 0 at the end.
  std::size_t read_at(std::uint64_t offset, char* buffer, std::size_t length) const;
  void write_at(std::uint64_t offset, std::string_view bytes);
  /// One write call where the system allows, so that a killed process leaves whole lines.
  void append(std::string_view bytes);
  void truncate(std::uint64_t size_bytes);
  /// False when another process holds it.
  bool lock();

 private:
  std::string path_;
  int descriptor_;
};

/// SHA-256 of a file's bytes, 64 lower-case hex characters.
std::string sha256_of_file(const std::string& path);

}  // namespace batchctl::sandbox
