// The tags of a Mustache template: what it names and where, checked before the first record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace batchctl {

/// One piece of a template: text, or a use of a name.
struct TemplateUse {
  enum class Kind { text, variable, section };

  Kind kind = Kind::text;
  std::string name;               // as written, `.` for the element itself; or the text
  std::vector<std::string> path;  // the name cut at its dots; empty for `.` and text
  bool is_outermost = false;      // a name outside of every section
};

struct TemplateTags {
  std::vector<TemplateUse> uses;
  /// The template with every name replaced by the number of its use, variables in their unescaped form, and every piece
  /// of text as a variable too: whatever renders it asks by number, and spaces and lines are settled here.
  std::string numbered;
};

/// Lines that hold nothing but a section's tag or a comment leave nothing behind, as in the Mustache specification.
/// Throws Fatal{usage, "bad_template"}, naming line and column, for what is not closed, not opened or not supported.
TemplateTags tags_of(std::string_view text);

}  // namespace batchctl
