// Every word that an error of batchctl can carry in `code`, with its meaning and what to do about it.
//
// The message of an error says what failed, on what, and why, in the service's words where there are any. This table
// says what the word means for whoever scripts against it, and the step that helps when the error names none of its
// own.
#pragma once

#include <span>
#include <string_view>

#include "base/exit_code.hpp"

namespace batchctl::cli {

struct ErrorEntry {
  std::string_view code;
  ExitCode exit;             // what the command ends with; a stop of a run may come with it as well
  std::string_view meaning;  // one sentence, without an end mark
  std::string_view next;     // a command, or what a person does
};

/// By code.
std::span<const ErrorEntry> error_catalogue();
/// nullptr for a word that is not listed.
const ErrorEntry* error_entry(std::string_view code);

}  // namespace batchctl::cli
