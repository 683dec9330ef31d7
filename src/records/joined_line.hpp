// One line of the joined results, in the member order that scripts rely on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/record.hpp"
#include "records/result_line.hpp"

namespace batchctl {

struct JoinedLine {
  std::int64_t index = 0;
  std::string_view raw_key;  // JSON; empty: null
  std::string_view file;
  std::int64_t line = 1;
  RecordStatus status = RecordStatus::missing;
  const ResultLine* result = nullptr;  // null: no line
  std::string_view raw_result;         // that line as the service wrote it
  bool has_error = false;              // used without a result line
  std::optional<std::int64_t> code;
  std::string_view code_word;  // in place of `code`; empty: none
  std::string_view message;
  std::string_view job;  // empty: null
  int attempt = 0;       // 0: null
  std::optional<std::int64_t>
      same_as;                 // the result is that record's, and was paid for there; a member when there is one
  std::string_view raw_input;  // JSON
};

/// Appends the line and its newline.
void append_joined_line(std::string& out, const JoinedLine& line);

}  // namespace batchctl
