// From what a person typed as INPUT to the files that will be read, in record order.
#pragma once

#include <string>
#include <vector>

namespace batchctl {

struct ResolvedInput {
  std::string path;          // absolute; empty for standard input
  std::string shown_path;    // as given (`-` for standard input); in a directory: relative to it
  bool needs_spool = false;  // standard input, pipes, .gz, .zst: must be copied by `spool` before it can be scanned
};

/// Each argument is a file, `-`, a directory (its regular, not hidden files in byte order, not recursive) or a glob in
/// the last path component (* ? [abc] [a-z] [!abc]; hidden files only when the pattern begins with a dot; byte order).
/// A file that exists is never read as a glob. Throws Fatal{failed, "bad_input"} naming the path when there is no such
/// file, it cannot be read, a directory has no files, a glob matches nothing or matches a directory, `-` comes twice;
/// Fatal{usage, "no_input"} without arguments. The order is that of the arguments; the same file may come twice.
std::vector<ResolvedInput> resolve_inputs(const std::vector<std::string>& arguments);

/// The file's name without directories, `.gz` or `.zst`, and its extension; `stdin` for standard input.
std::string stem_of(const std::string& shown_path);

/// Whether `name` fits a pattern of * ? [ ]. Bytes, not characters: ? is one byte, except that it takes a whole UTF-8
/// sequence.
bool matches_glob(const std::string& pattern, const std::string& name);

}  // namespace batchctl
