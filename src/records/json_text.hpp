// JSON as text: escaping, and finding raw pieces in a line that is known to be valid. No parser behind it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl {

constexpr bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The length of the front of `text` without `"`, `\` and control characters.
std::size_t unescaped_length(std::string_view text);

/// `text` (UTF-8) without quotes, with `"`, `\` and control characters escaped; everything else as it is.
void append_json_escaped(std::string& out, std::string_view text);
/// The same between quotes.
void append_json_string(std::string& out, std::string_view text);

/// Walks the members of the outermost object of a VALID JSON text, giving raw tokens as they stand.
class RawMembers {
 public:
  explicit RawMembers(std::string_view object);
  /// False after the last member.
  bool next();
  std::string_view name() const { return name_; }    // with quotes and escapes
  std::string_view value() const { return value_; }  // without surrounding white space

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view name_, value_;
};

/// The same for the elements of a VALID JSON array.
class RawElements {
 public:
  explicit RawElements(std::string_view array);
  /// False after the last element.
  bool next();
  std::string_view value() const { return value_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view value_;
};

/// The raw value of the member number `ordinal`, from 0, of a VALID object; empty when it has fewer.
std::string_view raw_member_value(std::string_view object, std::size_t ordinal);

/// Without white space outside of strings. `json` must be valid.
std::string minified_json(std::string_view json);

/// Where an escape \ud800..\udfff stands that is no half of a pair: such text has no UTF-8 form. Position of the
/// backslash.
std::optional<std::size_t> find_lone_surrogate(std::string_view json);
/// A copy with every lone surrogate replaced by \ufffd.
std::string without_lone_surrogates(std::string_view json);

/// Without JSON white space (blank, tab, CR, LF) at both ends.
std::string_view without_outer_space(std::string_view text);

}  // namespace batchctl
