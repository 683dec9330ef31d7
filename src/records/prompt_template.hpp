// `--prompt`: a Mustache template over a record's members, read once, rendered for every record.
//
// Variables are not HTML-escaped ({{x}}, {{{x}}} and {{&x}} are the same), names may go inwards (`a.b`), sections are
// conditions and loops, inverted sections and comments are as in Mustache. Partials and changed delimiters are refused.
// False are: false, null, text that is blank, an empty array, a member that is not there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "records/line_fault.hpp"

namespace simdjson::dom {
class object;
}

namespace batchctl {

class PromptTemplate {
 public:
  /// Throws Fatal{usage, "bad_template"} with line and column of what is wrong: a tag or section that does not end, a
  /// partial, delimiters, no text at all.
  explicit PromptTemplate(std::string_view text);
  ~PromptTemplate();
  PromptTemplate(PromptTemplate&&) noexcept;
  PromptTemplate& operator=(PromptTemplate&&) noexcept;

  /// The text for a record into `out`; `line` is its JSON, `record` the same parsed. Text is put in as it is, numbers
  /// and truth values as the record spells them, objects and arrays as their JSON. A member that is named outside of
  /// every section and absent or null is a fault, so is text that is blank as a whole.
  std::optional<LineFault> render(const simdjson::dom::object& record, std::string_view line, std::string& out);

  /// A name outside of every section that no record had so far: most likely it is misspelt.
  std::optional<std::string> name_never_found() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchctl
