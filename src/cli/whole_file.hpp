// Small files at once: read, and written so that others who read them at any moment see the old one or the new one,
// never a part.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ports/local_files.hpp"

namespace batchctl::cli {

/// Why a file cannot be read: `: ` and the system's words; nothing when it tells none.
struct Unread {
  std::string why;
};

Result<std::string, Unread> read_whole(const std::string& path);

/// Who may read it: as the umask says, or everyone, whatever it says.
enum class Readers { as_usual, everyone };

/// Written beside its place, synced, renamed. Throws Fatal{failed} naming the path; nothing is left beside it then.
void write_whole(LocalFiles& files, const std::string& path, std::string_view text, int pid,
                 Readers readers = Readers::as_usual);

}  // namespace batchctl::cli
