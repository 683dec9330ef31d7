// Text of strangers (the service, the user's files and their names) on a person's terminal.
//
// A terminal obeys what is written to it: escape sequences move its cursor, change its title or answer as if typed, and
// marks of direction make words read as others. Everything that batchctl prints for people goes through here.
#pragma once

#include <string>
#include <string_view>

namespace batchctl {

/// Whether the UTF-8 sequence is one that a terminal obeys instead of showing: C0 and C1 controls, DEL, marks of
/// direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), line and paragraph separators, U+FEFF.
bool is_obeyed(std::string_view sequence);

/// The text as it may be written to a terminal: lines stay lines, tabs become spaces, what is obeyed becomes U+FFFD,
/// and so does what is not UTF-8.
std::string harmless(std::string_view text);

/// A JSON text that says the same: what is obeyed stands as `\uXXXX`. Line ends between values stay.
std::string harmless_json(std::string_view json);

}  // namespace batchctl
