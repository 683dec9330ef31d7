// A directory that is gone with the object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/error.hpp"

namespace batchctl {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "batchctl-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Bug("no temporary directory");
    root_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path(const std::string& inside) const { return root_ + "/" + inside; }

 private:
  std::string root_;
};

}  // namespace batchctl
