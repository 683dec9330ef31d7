// What is sent for a record: the one place that writes wire lines, for the scan and for the upload alike.
#pragma once

#include <cstdint>
#include <string>

#include "core/run.hpp"
#include "records/input_line.hpp"

namespace batchctl {

class RecordRenderer {
 public:
  /// Throws Fatal{usage} when the settings do not fit the format: a system instruction or generation config with gemini
  /// or openai lines (which carry their own), a generation config that is no JSON object, a prompt template.
  RecordRenderer(const Settings& settings, LineFormat format);

  LineFormat format() const { return format_; }

  /// Appends `{"key":"r<record>","request":{…}}` and a newline. A qa record's text is all it has of context,
  /// instruction, question, prompt and input, in this order, with an empty line between two. A system message of a chat
  /// record stands in place of the settings' system instruction.
  void append(std::string& out, const InputLine& line, std::int64_t record) const;

  /// Estimated input tokens. `parser` has just parsed the line.
  std::int64_t tokens(const InputLine& line, const InputLineParser& parser) const;

 private:
  LineFormat format_;
  void append_parts(std::string& out, const RequestParts& parts) const;

  std::string system_, config_;  // members of a request, each behind its comma; empty: none
  std::string tail_;             // qa: all that follows the text
  std::int64_t system_tokens_ = 0;
};

/// The format the settings name: what the scan found, else what was asked for; nullopt for `auto`. Throws Fatal{usage}
/// when it is none we read.
std::optional<LineFormat> format_in(const Settings& settings);

}  // namespace batchctl
