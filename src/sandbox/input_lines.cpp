#include "sandbox/input_lines.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "sandbox/hashing.hpp"
#include "sandbox/request_shape.hpp"

namespace batchctl::sandbox {
namespace {

namespace dom = simdjson::dom;

constexpr std::uint64_t kDimensionsMax = 3072;  // gemini-embedding-001

LineRefusal refusal(std::size_t column, std::string why) { return {column, std::move(why), {}}; }

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

LineRefusal wrong_type(std::string_view line, std::string_view pointer, char expected) {
  const std::size_t column = column_of(line, pointer);
  return refusal(column, fmt::format("unexpected character: '{}'; expected '{}'", line[column - 1], expected));
}

LineRefusal refusal_of(std::string_view line, const ShapeFault& fault) {
  const std::string pointer = "/request" + fault.pointer;
  if (fault.unknown.empty()) return wrong_type(line, pointer, fault.expected);
  const std::size_t at = line.find(fmt::format("\"{}\"", fault.unknown), column_of(line, pointer));
  return {at == std::string_view::npos ? 1 : at + 1, fmt::format("no such field: '{}'", fault.unknown), fault.unknown};
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

/// The text of a member; empty when it is absent or no text.
std::string_view text_of(dom::object object, std::string_view name) {
  const auto value = member_of(object, name);
  return value && value->is_string() ? value->get_string().value() : std::string_view();
}

void take_question(dom::object content, InputLine& into) {
  const auto parts = member_of(content, "parts");
  if (!parts) return;
  for (const dom::element part : dom::array(*parts)) {
    if (!part.is_object()) continue;
    if (const auto text = text_of(dom::object(part), "text"); !text.empty()) into.question = std::string(text);
  }
}

// What is of the right type and makes no sense is taken at create, and its row fails.
void take_generate(dom::object request, InputLine& into) {
  const auto contents = member_of(request, "contents");
  into.is_invalid = !contents || dom::array(*contents).begin() == dom::array(*contents).end();
  if (contents) {
    for (const dom::element turn : dom::array(*contents)) {
      if (!turn.is_object()) continue;
      const std::string_view role = text_of(dom::object(turn), "role");
      if (role.empty() || role == "user") take_question(dom::object(turn), into);
      into.is_invalid |= !role.empty() && role != "user" && role != "model" && role != "function";
    }
  }
  const auto config = member_of(request, "generationConfig");
  if (!config) return;
  into.wants_json = text_of(dom::object(*config), "responseMimeType") == "application/json";
  const auto thinking = member_of(dom::object(*config), "thinkingConfig");
  if (!thinking || !thinking->is_object()) return;
  constexpr std::string_view kLevels[] = {"", "THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH"};
  const std::string_view level = text_of(dom::object(*thinking), "thinkingLevel");
  into.is_invalid |= std::find(std::begin(kLevels), std::end(kLevels), level) == std::end(kLevels);
}

void take_embed(dom::object request, InputLine& into) {
  const auto content = member_of(request, "content");
  into.is_invalid = !content || into.text_bytes == 0;
  if (content) take_question(dom::object(*content), into);
  into.dimensions = kDimensionsMax;
  auto dimensions = member_of(request, "outputDimensionality");
  const auto config = member_of(request, "embedContentConfig");
  if (!dimensions && config) dimensions = member_of(dom::object(*config), "outputDimensionality");
  if (!dimensions) return;
  std::uint64_t number = 0;
  into.is_invalid |=
      dimensions->get_uint64().get(number) != simdjson::SUCCESS || number == 0 || number > kDimensionsMax;
  if (!into.is_invalid) into.dimensions = number;
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

std::string LineRefusal::text() const { return fmt::format("invalid JSON, near column {}: {}", column, why); }

struct LineParser::Parts {
  dom::parser parser;
};

LineParser::LineParser() : parts_(std::make_unique<Parts>()) {}
LineParser::~LineParser() = default;

Result<InputLine, LineRefusal> LineParser::parse(std::string_view line, JobKind kind) {
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
  if (const auto key = member_of(top, "key")) {
    if (!key->is_string()) return wrong_type(line, "/key", '"');
    found.key = std::string(key->get_string().value());
  }
  if (const auto metadata = member_of(top, "metadata")) {
    if (!metadata->is_object()) return wrong_type(line, "/metadata", '{');
    found.metadata = simdjson::minify(*metadata);
    const auto key = member_of(dom::object(*metadata), "key");
    if (!found.key && key && key->is_string()) found.key = std::string(key->get_string().value());
  }
  const auto request = member_of(top, "request");
  if (!request) return refusal(line.size(), "missing field: 'request'");
  if (const auto fault = shape_fault(*request, kind)) return refusal_of(line, *fault);
  take_texts(*request, found);
  switch (kind) {
    case JobKind::generate:
      take_generate(dom::object(*request), found);
      break;
    case JobKind::embed:
      take_embed(dom::object(*request), found);
      break;
  }
  return found;
}

Result<InputLine, LineRefusal> parse_request(std::string_view request, JobKind kind) {
  std::string line = fmt::format("{{\"request\":{}}}", request);
  line.reserve(line.size() + simdjson::SIMDJSON_PADDING);
  LineParser parser;
  return parser.parse(line, kind);
}

}  // namespace batchctl::sandbox
