// What is sent for a record: the one place that writes wire lines, for the scan and for the upload alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/run.hpp"
#include "records/input_line.hpp"
#include "records/prompt_template.hpp"
#include "records/request_settings.hpp"

namespace batchctl {

class RecordRenderer {
 public:
  /// Throws Fatal{usage} when the settings do not fit the format: a prompt template with lines that carry their own
  /// conversation, a bad template (prompt_template.hpp), a bad generation config or schema (request_settings.hpp).
  RecordRenderer(const Settings& settings, LineFormat format);

  LineFormat format() const { return format_; }

  /// Appends `{"key":"r<record>","request":{…}}` and a newline. A qa record's text is what the template makes of it;
  /// without one, all it has of context, instruction, question, prompt and input, in this order, with an empty line
  /// between two. What a record says itself of system instruction and generation config stands; the settings fill in
  /// the rest. The same bytes on every call. On a fault `out` holds a part of the line.
  [[nodiscard]] std::optional<LineFault> append(std::string& out, const InputLine& line, std::int64_t record);

  /// Estimated input tokens of the line that was appended last. `parser` has just parsed it.
  std::int64_t tokens(const InputLine& line, const InputLineParser& parser) const;

  /// What the template asks for outside of every section, and no record that was appended has.
  std::optional<std::string> name_never_found() const;

 private:
  std::optional<LineFault> append_request(std::string& out, const InputLine& line);
  std::optional<LineFault> append_parts(std::string& out, const RequestParts& parts);

  LineFormat format_;
  RequestSettings settings_;
  std::optional<PromptTemplate> template_;
  std::string text_;             // what the template made last
  std::string tail_;             // qa: all that follows the text
  bool has_own_system_ = false;  // the line that was appended last
};

/// The format the settings name: what the scan found, else what was asked for; nullopt for `auto`. Throws Fatal{usage}
/// when it is none we read.
std::optional<LineFormat> format_in(const Settings& settings);

}  // namespace batchctl
