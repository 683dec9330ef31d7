// One line of input: is it a record of this format, and what does it hold?
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "core/run.hpp"
#include "records/line_fault.hpp"
#include "records/line_format.hpp"
#include "records/request_parts.hpp"

namespace simdjson::dom {
class object;
}

namespace batchctl {

/// Views into the line or the parser: good until the next parse.
struct InputLine {
  LineFormat format = LineFormat::qa;
  std::string_view context, instruction, question, prompt, input;  // qa; empty when absent, null or blank
  std::string_view request;                                        // gemini: the raw bytes of the object
  const RequestParts* parts = nullptr;                             // openai, chat: the request made of the line
  std::string_view line;                                           // qa: all of it, and the same parsed
  const simdjson::dom::object* members = nullptr;
};

class InputLineParser {
 public:
  /// Of the settings: `key_field`, and whether there is a prompt template, so that any object is a qa record.
  explicit InputLineParser(const Settings& settings = {});
  ~InputLineParser();
  InputLineParser(InputLineParser&&) noexcept;
  InputLineParser& operator=(InputLineParser&&) noexcept;

  /// Checks and reads a line that 64 readable bytes follow. `format` nullopt: detected from the line.
  ///
  /// A line is a valid JSON object in UTF-8, without lone surrogate escapes and without a member that we read twice.
  /// qa: question, prompt, instruction, context and input are strings (null: as if absent) and one of the first three
  /// says something. gemini: `request`, or the line itself, is an object in the shape of the REST interface
  /// (`contents`, or `content` for embeddings). openai: `body` can be said as a Gemini request. chat: `messages` or
  /// `conversations` end with the user's, or with an answer, which is not sent. A line of another kind than `format` is
  /// refused, so is one without the `key_field` of the settings.
  Result<InputLine, LineFault> parse(std::string_view line, std::optional<LineFormat> format);

  /// Whether the text, which 64 readable bytes follow, is one JSON value in UTF-8 that any reader takes. The line
  /// parsed last is forgotten.
  bool is_json(std::string_view text);

  /// Of the line parsed last: the raw JSON of the settings' `key_field`, without one of `id`, else `key`, else
  /// `custom_id`, if it is a string or a number; else empty. Also of a line that was refused,
  /// when it could be read so far.
  std::string_view raw_user_key() const;
  /// The same of the member `key`, whatever the settings: what the service calls the line's key.
  std::string_view raw_line_key() const;
  /// Of the line parsed last, gemini: why the service would not read its request (request_check.hpp).
  std::optional<LineFault> request_fault() const;
  /// Of the line parsed last: whether it has this member, one of those that make a record.
  bool has(std::string_view member) const;
  /// Of the line parsed last, not qa: estimated tokens of all texts in the request.
  std::int64_t estimate_request_tokens() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Throws Fatal{usage} unless the text is a JSON object; otherwise that object without needless white space. `name` is
/// what the person called it.
std::string checked_json_object(std::string_view text, std::string_view name);

}  // namespace batchctl
