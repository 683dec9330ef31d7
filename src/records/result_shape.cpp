#include "records/result_shape.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "records/json_text.hpp"
#include "records/wire_key.hpp"

namespace batchctl {

namespace {

/// `wanted`, or another name when that is taken.
template <class IsTaken>
std::string free_name(const std::string& wanted, IsTaken is_taken) {
  if (!is_taken(wanted)) return wanted;
  std::string name = "model_answer";
  for (int i = 2; is_taken(name); ++i) name = "model_answer_" + std::to_string(i);
  return name;
}

std::string user_key(const JoinedLine& line) {
  if (!line.raw_key.empty()) return std::string(line.raw_key);
  std::string key = "\"";
  append_wire_key(key, line.index);
  return key + '"';
}

/// One row of CSV.
class Row {
 public:
  explicit Row(std::string& out) : out_(out) {}

  void cell(std::string_view text) {
    if (!first_) out_ += ',';
    first_ = false;
    const bool is_formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    const bool is_quoted = text.find_first_of("\",\r\n") != std::string_view::npos;
    if (!is_quoted) {
      if (is_formula) out_ += '\'';
      out_ += text;
      return;
    }
    out_ += '"';
    if (is_formula) out_ += '\'';
    for (const char c : text) {
      if (c == '"') out_ += '"';
      out_ += c;
    }
    out_ += '"';
  }
  void number(std::optional<std::int64_t> value) { cell(value ? std::to_string(*value) : std::string()); }
  void end() { out_ += "\r\n"; }

 private:
  std::string& out_;
  bool first_ = true;
};

/// What the service gave: a member of the line and its raw value; else our words.
struct Native {
  bool is_response = false;
  std::string value;
};

Native native_of(const JoinedLine& line) {
  if (line.result != nullptr && line.result->is_json && !line.raw_result.empty()) {
    std::string_view response, error, status;
    for (RawMembers members(line.raw_result); members.next();) {
      const bool is_object = members.value().front() == '{';
      if (members.name() == "\"response\"" && is_object) response = members.value();
      if (members.name() == "\"error\"" && is_object) error = members.value();
      if (members.name() == "\"status\"" && is_object) status = members.value();
    }
    // As the outcome was judged: an error beside a response wins when it says something.
    const bool failed = line.status == RecordStatus::error && line.result->has_error;
    if (!response.empty() && !(failed && !error.empty())) return {true, std::string(response)};
    if (!error.empty()) return {false, std::string(error)};
    if (!status.empty()) return {false, std::string(status)};
  }
  const bool has_words = line.result != nullptr ? line.result->has_error : line.has_error;
  const std::optional<std::int64_t> code = line.result != nullptr ? line.result->code : line.code;
  std::string_view message = line.result != nullptr ? std::string_view(line.result->message) : line.message;
  if (!has_words || message.empty())
    message = line.status == RecordStatus::outstanding ? "no answer has come yet" : "there is no answer";
  std::string value = "{\"code\":";
  if (!line.code_word.empty())
    append_json_string(value, line.code_word);
  else
    value += code ? std::to_string(*code) : "null";
  value += ",\"message\":";
  append_json_string(value, message);
  return {false, value + '}'};
}

bool has_member(std::string_view object, std::string_view name) {
  for (RawMembers members(without_outer_space(object)); members.next();)
    if (cell_of(members.name()) == name) return true;
  return false;
}

/// The line of a record that was left out may be no JSON; it stands as a string then.
bool is_object(std::string_view raw) { return without_outer_space(raw).starts_with('{'); }

bool has_answer(const JoinedLine& line) { return line.result != nullptr && line.result->has_answer; }

}  // namespace

std::string cell_of(std::string_view raw) {
  if (raw == "null") return {};
  if (raw.size() < 2 || raw.front() != '"') return std::string(raw);
  const std::string_view inner = raw.substr(1, raw.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return std::string(inner);
  const nlohmann::json text = nlohmann::json::parse(without_lone_surrogates(raw), nullptr, false);
  return text.is_string() ? text.get<std::string>() : std::string(inner);
}

void ResultShape::add_columns(std::string_view raw_input) {
  const auto add = [this](std::string name) {
    if (known_columns_.insert(name).second) columns_.push_back(std::move(name));
  };
  if (!is_object(raw_input)) return;
  for (RawMembers members(raw_input); members.next();) add(cell_of(members.name()));
}

void ResultShape::begin(std::string& out) const {
  if (form_.format == OutputFormat::jsonl) return;
  Row row(out);
  switch (form_.shape) {
    case Shape::joined:
      for (const char* name : {"index", "key", "file", "line", "status", "answer", "finish_reason", "error_code",
                               "error_message", "input_tokens", "output_tokens", "thinking_tokens", "cached_tokens",
                               "total_tokens", "model_version", "job", "attempt", "input"})
        row.cell(name);
      break;
    case Shape::native:
      for (const char* name : {"key", "response", "error"}) row.cell(name);
      break;
    case Shape::answers:
      for (const std::string& name : columns_) row.cell(name);
      row.cell(free_name(form_.answer_field, [&](const std::string& name) { return known_columns_.contains(name); }));
      break;
  }
  row.end();
}

void ResultShape::append(std::string& out, const JoinedLine& line) const {
  const bool is_csv = form_.format == OutputFormat::csv;
  switch (form_.shape) {
    case Shape::joined:
      return is_csv ? append_joined_row(out, line) : append_joined_line(out, line);
    case Shape::native:
      return is_csv ? append_native_row(out, line) : append_native(out, line);
    case Shape::answers:
      return is_csv ? append_answer_row(out, line) : append_answer(out, line);
  }
}

void ResultShape::append_native(std::string& out, const JoinedLine& line) const {
  const Native native = native_of(line);
  out += "{\"key\":" + user_key(line) + (native.is_response ? ",\"response\":" : ",\"error\":") + native.value + "}\n";
}

void ResultShape::append_answer(std::string& out, const JoinedLine& line) const {
  std::string wrapped;
  if (!is_object(line.raw_input)) wrapped.append("{\"input\":").append(line.raw_input).append("}");
  std::string_view object = without_outer_space(wrapped.empty() ? line.raw_input : std::string_view(wrapped));
  const std::string field =
      free_name(form_.answer_field, [&](const std::string& name) { return has_member(object, name); });
  object.remove_suffix(1);
  object = without_outer_space(object);
  out += object;
  if (object.size() > 1) out += ',';
  append_json_string(out, field);
  out += ':';
  if (has_answer(line))
    append_json_string(out, line.result->answer);
  else
    out += "null";
  out += "}\n";
}

void ResultShape::append_joined_row(std::string& out, const JoinedLine& line) const {
  const ResultLine* result = line.result;
  Row row(out);
  row.number(line.index);
  row.cell(cell_of(line.raw_key.empty() ? std::string_view("null") : line.raw_key));
  row.cell(line.file);
  row.number(line.line);
  row.cell(name_of(line.status));
  row.cell(has_answer(line) ? result->answer : std::string_view());
  row.cell(result != nullptr ? result->finish_reason : std::string_view());
  const bool has_error = result != nullptr ? result->has_error : line.has_error;
  if (line.code_word.empty())
    row.number(has_error ? (result != nullptr ? result->code : line.code) : std::nullopt);
  else
    row.cell(line.code_word);
  row.cell(has_error ? (result != nullptr ? std::string_view(result->message) : line.message) : std::string_view());
  const bool is_counted = result != nullptr && result->usage.has_value();
  const LineUsage usage = is_counted && !line.same_as ? *result->usage : LineUsage{};
  for (const std::int64_t tokens : {usage.input, usage.output, usage.thinking, usage.cached, usage.total})
    row.number(is_counted ? std::optional(tokens) : std::nullopt);
  row.cell(result != nullptr ? result->model_version : std::string_view());
  row.cell(line.job);
  row.number(line.attempt > 0 ? std::optional<std::int64_t>(line.attempt) : std::nullopt);
  row.cell(line.raw_input);
  row.end();
}

void ResultShape::append_native_row(std::string& out, const JoinedLine& line) const {
  const Native native = native_of(line);
  Row row(out);
  row.cell(cell_of(user_key(line)));
  row.cell(native.is_response ? std::string_view(native.value) : std::string_view());
  row.cell(native.is_response ? std::string_view() : std::string_view(native.value));
  row.end();
}

void ResultShape::append_answer_row(std::string& out, const JoinedLine& line) const {
  std::vector<std::pair<std::string, std::string_view>> members;
  if (is_object(line.raw_input))
    for (RawMembers raw(without_outer_space(line.raw_input)); raw.next();)
      members.emplace_back(cell_of(raw.name()), raw.value());
  Row row(out);
  for (const std::string& column : columns_) {
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.first == column; });
    row.cell(found == members.end() ? std::string() : cell_of(found->second));
  }
  row.cell(has_answer(line) ? line.result->answer : std::string_view());
  row.end();
}

}  // namespace batchctl
