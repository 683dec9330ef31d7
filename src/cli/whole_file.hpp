// A small file that others read at any moment: they see the old one or the new one, never a part.
#pragma once

#include <string>
#include <string_view>

#include "ports/local_files.hpp"

namespace batchctl::cli {

/// Written beside its place, synced, renamed. Throws Fatal{failed} naming the path; nothing is left beside it then.
void write_whole(LocalFiles& files, const std::string& path, std::string_view text, int pid);

}  // namespace batchctl::cli
