// Where the state file lies: its directory, its first creation, the kind of its file system.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace batchctl::store {

/// Whether there is anything at `path`.
bool is_there(const std::string& path);

/// Makes the parents that are missing (0700) and an empty file (0600). Touches nothing that is there. Throws Fatal.
void make_private_file(const std::string& path);

/// The name of a network file system by the magic number of statfs(2); nullopt for any other.
std::optional<std::string_view> network_file_system(unsigned long magic);

/// Throws Fatal when `path` lies on a network file system.
void must_be_local(const std::string& path);

/// What tells this file from a copy of it.
std::string host_name();
std::string inode_of(const std::string& path);

}  // namespace batchctl::store
