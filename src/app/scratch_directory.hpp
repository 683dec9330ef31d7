// A directory that goes with the scope, unless what is in it has come to be needed.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "ports/local_files.hpp"

namespace batchctl::app {

class ScratchDirectory {
 public:
  ScratchDirectory(LocalFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~ScratchDirectory() {
    if (is_kept_) return;
    try {
      files_.remove_tree(path_);
    } catch (const std::exception& problem) {
      log(LogLevel::warn, "a temporary directory stays: {}", problem.what());
    }
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  void keep() { is_kept_ = true; }

 private:
  LocalFiles& files_;
  std::string path_;
  bool is_kept_ = false;
};

}  // namespace batchctl::app
