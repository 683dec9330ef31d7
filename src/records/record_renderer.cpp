#include "records/record_renderer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/json_text.hpp"
#include "records/tokens.hpp"
#include "records/wire_key.hpp"

namespace batchctl {

RecordRenderer::RecordRenderer(const Settings& settings, LineFormat format) : format_(format) {
  if (settings.prompt)
    throw Fatal(ExitCode::usage, "not_supported", "--prompt: templates are not supported by this version",
                "Put the whole text into the question of each line.");
  if (format == LineFormat::gemini || format == LineFormat::openai) {
    if (settings.system || settings.generation_config)
      throw Fatal(ExitCode::usage, "bad_option",
                  fmt::format("{} works only with qa input and conversations; {} lines carry their own",
                              settings.system ? "--system" : "--generation-config", name_of(format)),
                  "Leave the option out, or put it into each line's request.");
    return;
  }
  if (settings.system) {
    system_ = ",\"systemInstruction\":{\"parts\":[{\"text\":";
    append_json_string(system_, *settings.system);
    system_ += "}]}";
    system_tokens_ = estimate_tokens(*settings.system);
  }
  if (settings.generation_config)
    config_ = ",\"generationConfig\":" + checked_json_object(*settings.generation_config, "--generation-config");
  tail_ = "\"}]}]" + system_ + config_ + "}}\n";
}

void RecordRenderer::append(std::string& out, const InputLine& line, std::int64_t record) const {
  out += "{\"key\":\"";
  append_wire_key(out, record);
  out += "\",\"request\":";
  if (format_ == LineFormat::gemini) {
    out += line.request;
    out += "}\n";
    return;
  }
  if (line.parts != nullptr) return append_parts(out, *line.parts);
  out += "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"";
  bool first = true;
  for (const std::string_view part : {line.context, line.instruction, line.question, line.prompt, line.input}) {
    if (part.empty()) continue;
    if (!first) out += "\\n\\n";
    append_json_escaped(out, part);
    first = false;
  }
  out += tail_;
}

void RecordRenderer::append_parts(std::string& out, const RequestParts& parts) const {
  out += "{\"contents\":[";
  out += parts.contents;
  out += ']';
  if (parts.system_parts.empty()) {
    out += system_;
  } else {
    out += ",\"systemInstruction\":{\"parts\":[";
    out += parts.system_parts;
    out += "]}";
  }
  if (parts.generation_config.empty()) {
    out += config_;
  } else {
    out += ",\"generationConfig\":{";
    out += parts.generation_config;
    out += '}';
  }
  out += "}}\n";
}

std::int64_t RecordRenderer::tokens(const InputLine& line, const InputLineParser& parser) const {
  const bool has_own_system = line.parts != nullptr && !line.parts->system_parts.empty();
  std::int64_t tokens = has_own_system ? 0 : system_tokens_;
  if (format_ != LineFormat::qa) {
    tokens += parser.estimate_request_tokens();
  } else {
    for (const std::string_view part : {line.context, line.instruction, line.question, line.prompt, line.input})
      tokens += estimate_tokens(part);
  }
  return std::max<std::int64_t>(tokens, 1);
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
