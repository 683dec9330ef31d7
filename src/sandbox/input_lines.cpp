#include "sandbox/input_lines.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "sandbox/hashing.hpp"

namespace batchctl::sandbox {
namespace {

namespace dom = simdjson::dom;

// GenerateContentRequest, discovery document v1beta of 2026-08-22.
constexpr std::array<std::string_view, 16> kRequestMembers = {
    "contents",
    "systemInstruction",
    "system_instruction",
    "generationConfig",
    "generation_config",
    "tools",
    "toolConfig",
    "tool_config",
    "safetySettings",
    "safety_settings",
    "cachedContent",
    "cached_content",
    "model",
    "store",
    "serviceTier",
    "service_tier",
};

/// Columns count bytes from 1.
LineRefusal refusal(std::size_t column, std::string_view why) {
  return {fmt::format("invalid JSON, near column {}: {}", column, why)};
}

LineRefusal not_json(std::string_view line) {
  try {
    [[maybe_unused]] const auto parsed = nlohmann::json::parse(line);
  } catch (const nlohmann::json::parse_error& problem) {
    const std::size_t column = std::max<std::size_t>(problem.byte, 1);
    if (column > line.size()) return refusal(column, "unexpected end of input");
    return refusal(column, fmt::format("unexpected character: '{}'", line[column - 1]));
  }
  return refusal(1, "not valid UTF-8 JSON");
}

/// Where the value at `pointer` begins; the end of the line when there is none.
std::size_t column_of(std::string_view line, std::string_view pointer) {
  const simdjson::padded_string copy(line);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  std::string_view token;
  if (parser.iterate(copy).get(document) != simdjson::SUCCESS) return 1;
  simdjson::ondemand::value value;
  if (document.at_pointer(pointer).get(value) != simdjson::SUCCESS) return std::max<std::size_t>(line.size(), 1);
  token = value.raw_json_token();
  return static_cast<std::size_t>(token.data() - copy.data()) + 1;
}

LineRefusal wrong_type(std::string_view line, std::string_view pointer, std::string_view expected) {
  const std::size_t column = column_of(line, pointer);
  return refusal(column, fmt::format("unexpected character: '{}'; expected '{}'", line[column - 1], expected));
}

LineRefusal no_such_field(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(fmt::format("\"{}\"", name), column_of(line, "/request"));
  return refusal(at == std::string_view::npos ? 1 : at + 1, fmt::format("no such field: '{}'", name));
}

void take_texts(dom::element element, InputLine& into) {
  if (element.is_array()) {
    for (const dom::element child : dom::array(element)) take_texts(child, into);
  } else if (element.is_object()) {
    for (const auto& [name, value] : dom::object(element)) {
      if (name == "text" && value.is_string()) {
        const std::string_view text = value.get_string().value();
        into.text_bytes += text.size();
        into.text_hash = hash_on(into.text_hash, text);
      } else {
        take_texts(value, into);
      }
    }
  }
}

std::string last_question(dom::array contents) {
  std::string question;
  for (const dom::element turn : contents) {
    std::string_view role;
    const bool has_role = turn["role"].get_string().get(role) == simdjson::SUCCESS;
    dom::array parts;
    if ((has_role && role != "user") || turn["parts"].get_array().get(parts) != simdjson::SUCCESS) continue;
    for (const dom::element part : parts) {
      std::string_view text;
      if (part["text"].get_string().get(text) == simdjson::SUCCESS) question = std::string(text);
    }
  }
  return question;
}

bool asks_for_json(dom::object request) {
  for (const char* config : {"generationConfig", "generation_config"}) {
    for (const char* member : {"responseMimeType", "response_mime_type"}) {
      std::string_view type;
      if (request[config][member].get_string().get(type) == simdjson::SUCCESS) return type == "application/json";
    }
  }
  return false;
}

}  // namespace

LineReader::LineReader(const std::string& path)
    : file_(path, OpenFile::Mode::read), buffer_((std::size_t{1} << 20U) + simdjson::SIMDJSON_PADDING) {}

std::optional<std::string_view> LineReader::next() {
  std::size_t searched = begin_;
  for (;;) {
    if (const void* newline = std::memchr(buffer_.data() + searched, '\n', end_ - searched)) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data());
      const std::string_view line(buffer_.data() + begin_, at - begin_);
      begin_ = at + 1;
      return line;
    }
    if (at_end_) {
      if (begin_ == end_) return std::nullopt;
      const std::string_view line(buffer_.data() + begin_, end_ - begin_);
      begin_ = end_;
      return line;
    }
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    searched = end_;
    std::size_t room = buffer_.size() - simdjson::SIMDJSON_PADDING - end_;
    if (room == 0) {
      room = buffer_.size();
      buffer_.resize(2 * buffer_.size());
    }
    const std::size_t got = file_.read_at(offset_, buffer_.data() + end_, room);
    at_end_ = got == 0;
    offset_ += got;
    end_ += got;
  }
}

struct LineParser::Parts {
  dom::parser parser;
};

LineParser::LineParser() : parts_(std::make_unique<Parts>()) {}
LineParser::~LineParser() = default;

Result<InputLine, LineRefusal> LineParser::parse(std::string_view line) {
  dom::element document;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(line.data());
  if (line.empty() || parts_->parser.parse(bytes, line.size(), false).get(document) != simdjson::SUCCESS) {
    return not_json(line);
  }
  dom::object top;
  if (document.get_object().get(top) != simdjson::SUCCESS) {
    const std::size_t column = std::min(line.find_first_not_of(" \t\r"), line.size() - 1);
    return refusal(column + 1, fmt::format("unexpected character: '{}'; expected '{{'", line[column]));
  }
  InputLine found;
  dom::element key;
  if (top["key"].get(key) == simdjson::SUCCESS) {
    std::string_view text;
    if (key.get_string().get(text) != simdjson::SUCCESS) return wrong_type(line, "/key", "\"");
    found.key = std::string(text);
  }
  dom::element request_element;
  if (top["request"].get(request_element) != simdjson::SUCCESS) {
    return refusal(line.size(), "missing field: 'request'");
  }
  dom::object request;
  if (request_element.get_object().get(request) != simdjson::SUCCESS) return wrong_type(line, "/request", "{");
  for (const auto& member : request) {
    if (std::find(kRequestMembers.begin(), kRequestMembers.end(), member.key) == kRequestMembers.end()) {
      return no_such_field(line, member.key);
    }
  }
  dom::element contents_element;
  if (request["contents"].get(contents_element) != simdjson::SUCCESS) {
    return refusal(line.size(), "missing field: 'contents'");
  }
  dom::array contents;
  if (contents_element.get_array().get(contents) != simdjson::SUCCESS)
    return wrong_type(line, "/request/contents", "[");
  if (contents.begin() == contents.end()) {
    return refusal(column_of(line, "/request/contents"), "contents is not specified");
  }
  std::size_t index = 0;
  for (const dom::element turn : contents) {
    if (!turn.is_object()) return wrong_type(line, fmt::format("/request/contents/{}", index), "{");
    ++index;
  }
  take_texts(request_element, found);
  found.question = last_question(contents);
  found.wants_json = asks_for_json(request);
  return found;
}

}  // namespace batchctl::sandbox
