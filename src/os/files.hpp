// The local disk behind the port.
//
// What is published survives a power cut: the file is synced before it gets its name, its directory after. Every
// failure is a Fatal{failed} with the path and the system's words: `disk_full`, `not_writable`, or `disk`.
#pragma once

#include <memory>
#include <string>

#include "ports/local_files.hpp"

namespace batchctl::os {

class DiskFiles final : public LocalFiles {
 public:
  void make_directory(const std::string& path) override;
  void publish(const std::string& from, const std::string& to) override;
  bool exists(const std::string& path) const override;
  std::uint64_t size(const std::string& path) const override;
  void remove(const std::string& path) override;
  void remove_tree(const std::string& path) override;
  /// The path need not exist yet: its nearest existing parent answers.
  std::uint64_t free_bytes(const std::string& path) const override;
  /// The lock is advisory (flock) and belongs to this process: the kernel drops it when the process ends. The file
  /// holds the process id for people to read and is left behind.
  std::unique_ptr<FileLock> try_lock(const std::string& path) override;
  /// Drops `.` and doubled slashes, keeps `..`, which may lead through a link.
  std::string absolute(const std::string& path) const override;
};

}  // namespace batchctl::os
