#include "records/record_renderer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/json_text.hpp"
#include "records/tokens.hpp"
#include "records/wire_key.hpp"

namespace batchctl {

RecordRenderer::RecordRenderer(const Settings& settings, LineFormat format) : format_(format), settings_(settings) {
  if (settings.prompt) {
    if (format != LineFormat::qa)
      throw Fatal(ExitCode::usage, "bad_option",
                  fmt::format("--prompt makes the text of rows; {} lines carry their own", name_of(format)),
                  "Leave --prompt out; or, if the members of the lines are fields of a row, give --input-format qa.");
    template_.emplace(*settings.prompt);
  }
  tail_ = "\"}]}]";
  if (!settings_.system().empty()) tail_ += ",\"systemInstruction\":" + settings_.system();
  if (!settings_.generation_config().empty()) tail_ += ",\"generationConfig\":" + settings_.generation_config();
  tail_ += '}';
}

std::optional<LineFault> RecordRenderer::append(std::string& out, const InputLine& line, std::int64_t record) {
  out += "{\"key\":\"";
  append_wire_key(out, record);
  out += "\",\"request\":";
  if (auto wrong = append_request(out, line)) return wrong;
  out += "}\n";
  return std::nullopt;
}

std::optional<LineFault> RecordRenderer::append_request(std::string& out, const InputLine& line) {
  has_own_system_ = false;
  if (format_ == LineFormat::gemini) {
    if (!settings_.empty()) return settings_.append_request(out, line.request, has_own_system_);
    out += line.request;
    return std::nullopt;
  }
  if (line.parts != nullptr) return append_parts(out, *line.parts);
  out += "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"";
  if (template_) {
    if (auto wrong = template_->render(*line.members, line.line, text_)) return wrong;
    append_json_escaped(out, text_);
  } else {
    bool first = true;
    for (const std::string_view part : {line.context, line.instruction, line.question, line.prompt, line.input}) {
      if (part.empty()) continue;
      if (!first) out += "\\n\\n";
      append_json_escaped(out, part);
      first = false;
    }
  }
  out += tail_;
  return std::nullopt;
}

std::optional<LineFault> RecordRenderer::append_parts(std::string& out, const RequestParts& parts) {
  out += "{\"contents\":[";
  out += parts.contents;
  out += ']';
  has_own_system_ = !parts.system_parts.empty();
  if (has_own_system_) {
    out += ",\"systemInstruction\":{\"parts\":[";
    out += parts.system_parts;
    out += "]}";
  } else if (!settings_.system().empty()) {
    out += ",\"systemInstruction\":";
    out += settings_.system();
  }
  if (!parts.generation_config.empty()) {
    out += ",\"generationConfig\":";
    if (auto wrong = settings_.append_config(out, "{" + parts.generation_config + "}")) return wrong;
  } else if (!settings_.generation_config().empty()) {
    out += ",\"generationConfig\":";
    out += settings_.generation_config();
  }
  out += '}';
  return std::nullopt;
}

std::int64_t RecordRenderer::tokens(const InputLine& line, const InputLineParser& parser) const {
  std::int64_t tokens = has_own_system_ ? 0 : settings_.system_tokens();
  if (format_ != LineFormat::qa) {
    tokens += parser.estimate_request_tokens();
  } else if (template_) {
    tokens += estimate_tokens(text_);
  } else {
    for (const std::string_view part : {line.context, line.instruction, line.question, line.prompt, line.input})
      tokens += estimate_tokens(part);
  }
  return std::max<std::int64_t>(tokens, 1);
}

std::optional<std::string> RecordRenderer::name_never_found() const {
  if (!template_) return std::nullopt;
  return template_->name_never_found();
}

std::optional<LineFormat> format_in(const Settings& settings) {
  const std::string& name = settings.format.empty() ? settings.input_format : settings.format;
  const auto format = line_format_named(name);
  if (format || name.empty()) return format;
  for (const char* told_by_lines : {"auto", "csv", "tsv", "lines"})
    if (name == told_by_lines) return std::nullopt;
  throw Fatal(ExitCode::usage, "bad_option", fmt::format("--input-format {} is not known", one_line(name, 40)),
              "Use auto, qa, gemini, openai, chat, csv, tsv or lines.");
}

}  // namespace batchctl
