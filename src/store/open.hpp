// Opens the state file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ports/store.hpp"

namespace batchctl {

enum class OpenMode {
  create,    // makes the file and its directories when they are not there
  existing,  // makes nothing
};

/// Opens the database at `path` and brings its schema up to date; nullptr when there is none and the mode is
/// `existing`. What is made here is private (directories 0700, file 0600); what was there keeps its mode. Throws Fatal,
/// also for a network file system: several processes share the file's memory, and that works on one machine only.
std::unique_ptr<Store> open_store(const std::string& path, OpenMode mode = OpenMode::create);

/// A database that is gone with the object, for tests. `before_commit` runs at the end of every write; when it throws,
/// the write is undone, as if the commit had failed.
std::unique_ptr<Store> open_store_in_memory(std::function<void()> before_commit = {});

}  // namespace batchctl
