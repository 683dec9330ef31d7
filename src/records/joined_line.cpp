#include "records/joined_line.hpp"

#include <charconv>

#include "records/json_text.hpp"

namespace batchctl {

namespace {

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_text_or_null(std::string& out, std::string_view text) {
  if (text.empty())
    out += "null";
  else
    append_json_string(out, text);
}

void append_error(std::string& out, std::optional<std::int64_t> code, std::string_view message,
                  std::string_view code_word = {}) {
  out += "{\"code\":";
  if (!code_word.empty())
    append_json_string(out, code_word);
  else if (code)
    append_number(out, *code);
  else
    out += "null";
  out += ",\"message\":";
  append_json_string(out, message);
  out += '}';
}

void append_usage(std::string& out, const LineUsage& usage) {
  out += "{\"input\":";
  append_number(out, usage.input);
  out += ",\"output\":";
  append_number(out, usage.output);
  out += ",\"thinking\":";
  append_number(out, usage.thinking);
  out += ",\"cached\":";
  append_number(out, usage.cached);
  out += ",\"total\":";
  append_number(out, usage.total);
  out += '}';
}

/// answer, finish_reason, error, usage, model_version.
void append_outcome(std::string& out, const JoinedLine& line) {
  const ResultLine* result = line.result;
  out += ",\"answer\":";
  if (result != nullptr && result->has_answer)
    append_json_string(out, result->answer);
  else
    out += "null";
  out += ",\"finish_reason\":";
  append_text_or_null(out, result != nullptr ? result->finish_reason : std::string_view{});
  out += ",\"error\":";
  if (result != nullptr && result->has_error)
    append_error(out, result->code, result->message);
  else if (result == nullptr && line.has_error)
    append_error(out, line.code, line.message, line.code_word);
  else
    out += "null";
  out += ",\"usage\":";
  if (result != nullptr && result->usage)
    append_usage(out, line.same_as ? LineUsage{} : *result->usage);
  else
    out += "null";
  out += ",\"model_version\":";
  append_text_or_null(out, result != nullptr ? result->model_version : std::string_view{});
}

}  // namespace

void append_joined_line(std::string& out, const JoinedLine& line) {
  out += "{\"index\":";
  append_number(out, line.index);
  out += ",\"key\":";
  out += line.raw_key.empty() ? std::string_view("null") : line.raw_key;
  out += ",\"source\":{\"file\":";
  append_json_string(out, line.file);
  out += ",\"line\":";
  append_number(out, line.line);
  out += "},\"status\":\"";
  out += name_of(line.status);
  out += '"';
  append_outcome(out, line);
  out += ",\"job\":";
  append_text_or_null(out, line.job);
  out += ",\"attempt\":";
  if (line.attempt > 0)
    append_number(out, line.attempt);
  else
    out += "null";
  if (line.same_as) {
    out += ",\"same_as\":";
    append_number(out, *line.same_as);
  }
  out += ",\"input\":";
  out += line.raw_input;
  out += "}\n";
}

}  // namespace batchctl
