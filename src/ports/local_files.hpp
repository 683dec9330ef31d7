// The door to the local disk, for what the driver keeps there: raw results, spooled input.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace batchctl {

/// Held until it is destroyed or the process ends, however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class LocalFiles {
 public:
  virtual ~LocalFiles() = default;

  /// Makes the directory and its parents (0700 when made here). Throws Fatal{failed} naming the path.
  virtual void make_directory(const std::string& path) = 0;
  /// Syncs `from`, renames it to `to`, syncs the directory. Throws Fatal.
  virtual void publish(const std::string& from, const std::string& to) = 0;
  virtual bool exists(const std::string& path) const = 0;
  virtual std::uint64_t size(const std::string& path) const = 0;
  virtual void remove(const std::string& path) = 0;  // no error when it is not there
  virtual void remove_tree(const std::string& path) = 0;
  /// Bytes free for us where `path` lies.
  virtual std::uint64_t free_bytes(const std::string& path) const = 0;
  /// nullptr when another process holds it. Makes the file.
  virtual std::unique_ptr<FileLock> try_lock(const std::string& path) = 0;
  /// Absolute, without touching links.
  virtual std::string absolute(const std::string& path) const = 0;
};

}  // namespace batchctl
