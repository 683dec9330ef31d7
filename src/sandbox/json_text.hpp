// JSON written straight as text, member by member in the order of the calls: for answers that are asked for thousands
// of times a second or hold JSON that is text already.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace batchctl::sandbox {

class JsonText {
 public:
  /// Begins an object: a member of the one that is open, or the whole.
  void open(std::string_view name = {});
  void close();
  void text(std::string_view name, std::string_view value);
  /// `value` is JSON.
  void raw(std::string_view name, std::string_view value);

  std::string take() { return std::move(text_); }

 private:
  void begin(std::string_view name);

  std::string text_;
};

/// As a JSON string; bytes that are not UTF-8 are replaced.
void append_quoted(std::string& to, std::string_view text);

}  // namespace batchctl::sandbox
