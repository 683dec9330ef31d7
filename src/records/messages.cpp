#include "records/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "records/json_text.hpp"
#include "records/tokens.hpp"

namespace batchctl {

namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kAudioTokens = 32 * 10;  // 32 a second (page "Understand and count tokens", 2026), ten seconds

enum class Role { user, model, system };

struct Turn {
  Role role = Role::user;
  dom::element content;
  std::string_view content_name;
  std::size_t index = 0;
};

LineFault wrong_type(const Place& place, std::string_view expected, const dom::element& found) {
  return line_fault(fmt::format("{} must be {}, found {}", place.spelled(), expected, spell(found.type())));
}

std::optional<Role> role_named(std::string_view name, Dialect dialect) {
  if (name == "user") return Role::user;
  if (name == "assistant") return Role::model;
  if (name == "system" || name == "developer") return Role::system;
  if (dialect == Dialect::openai) return std::nullopt;
  if (name == "human") return Role::user;
  if (name == "model" || name == "gpt" || name == "chatgpt" || name == "bot") return Role::model;
  return std::nullopt;
}

/// One message's role and content; the content itself is read later, for the last one may not be sent.
std::optional<LineFault> read_turn(const dom::element& message, const Place& place, Dialect dialect, Turn& turn) {
  dom::object object;
  if (message.get_object().get(object) != simdjson::SUCCESS) return wrong_type(place, "an object", message);
  dom::element role, content;
  bool has_role = false, has_content = false;
  std::optional<LineFault> more;  // told when the role itself is known
  for (const auto field : object) {
    const bool is_chat_name = dialect == Dialect::chat;
    if (field.key == "role" || (is_chat_name && field.key == "from")) {
      if (has_role) return line_fault(fmt::format("{} has two roles", place.spelled()));
      role = field.value;
      has_role = true;
      turn.index = place.index;
    } else if (field.key == "content" || (is_chat_name && field.key == "value")) {
      if (has_content) return line_fault(fmt::format("{} has two contents", place.spelled()));
      content = field.value;
      has_content = true;
      turn.content_name = field.key == "content" ? "content" : "value";
    } else if (field.key == "tool_calls" || field.key == "function_call" || field.key == "audio" ||
               field.key == "tool_call_id") {
      dom::array calls;
      const bool none = field.value.is_null() ||
                        (field.value.get_array().get(calls) == simdjson::SUCCESS && calls.begin() == calls.end());
      if (!none && !more) more = cannot_map(place.of(field.key));
    } else if (dialect == Dialect::openai && !field.value.is_null()) {
      const bool is_item_type =
          field.key == "type" && field.value.is_string() && std::string_view(field.value.get_string()) == "message";
      if (!is_item_type && !more) more = cannot_map(place.of(field.key));
    }
  }
  if (!has_role) return line_fault(fmt::format("{} has no \"role\"", place.spelled()));
  std::string_view name;
  if (role.get_string().get(name) != simdjson::SUCCESS) return wrong_type(place.of("role"), "a string", role);
  const auto known = role_named(name, dialect);
  if (!known)
    return line_fault(
        fmt::format("{}: the role \"{}\" cannot be mapped to a Gemini request", place.spelled(), one_line(name, 40)),
        "The roles are system, user and assistant; tool calls cannot be sent in a batch of questions.");
  if (more) return more;
  if (!has_content || content.is_null()) return line_fault(fmt::format("{} has no content", place.spelled()));
  turn.role = *known;
  turn.content = content;
  return std::nullopt;
}

void begin_part(std::string& out) {
  if (!out.empty() && out.back() != '[') out += ',';
}

/// Of the standard alphabet, with its padding or without.
bool is_base64(std::string_view data) {
  const std::size_t whole = data.size();
  while (data.ends_with('=') && whole - data.size() < 2) data.remove_suffix(1);
  const bool is_padded = data.size() < whole;
  if (data.empty() || (is_padded ? whole % 4 != 0 : whole % 4 == 1)) return false;
  return std::all_of(data.begin(), data.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

std::optional<LineFault> add_inline(std::string_view mime, std::string_view data, const Place& place,
                                    std::string& out) {
  if (!is_base64(data)) return line_fault(fmt::format("{} is not base64", place.spelled()));
  begin_part(out);
  out += "{\"inlineData\":{\"mimeType\":";
  append_json_string(out, mime);
  out += ",\"data\":\"";
  out += data;
  out += "\"}}";
  return std::nullopt;
}

/// `data:image/png;base64,…`
std::optional<LineFault> add_data_url(const dom::element& url, const Place& place, std::string& out,
                                      std::int64_t& tokens) {
  std::string_view text;
  if (url.get_string().get(text) != simdjson::SUCCESS) return wrong_type(place, "a string", url);
  if (!text.starts_with("data:"))
    return line_fault(fmt::format("{}: an address ({}) cannot be sent, the service does not fetch it", place.spelled(),
                                  one_line(text, 60)),
                      "Put the image into the line as data:image/…;base64,… or leave the record out.");
  const auto comma = text.find(',');
  const std::string_view head = text.substr(5, comma == std::string_view::npos ? 0 : comma - 5);
  const auto mime_end = head.find(';');
  if (mime_end == std::string_view::npos || mime_end == 0 || !head.ends_with(";base64"))
    return line_fault(fmt::format("{} must be of the form data:TYPE;base64,DATA", place.spelled()));
  tokens += kImageTokens;
  return add_inline(head.substr(0, mime_end), text.substr(comma + 1), place, out);
}

/// Chat completions: {"image_url":{"url":…,"detail":…}}; responses: {"image_url":"…","detail":…}.
std::optional<LineFault> add_image(const dom::object& part, const Place& place, std::string& out,
                                   std::int64_t& tokens) {
  if (auto wrong = only_members(part, place, {"type", "image_url", "detail"})) return wrong;
  const Place here = place.of("image_url");
  dom::element image;
  if (part["image_url"].get(image) != simdjson::SUCCESS)
    return line_fault(fmt::format("{} is missing", here.spelled()));
  dom::object inner = part;
  if (image.get_object().get(inner) == simdjson::SUCCESS)
    if (auto wrong = only_members(inner, here, {"url", "detail"})) return wrong;
  std::string_view detail;
  if (inner["detail"].get_string().get(detail) == simdjson::SUCCESS && detail != "auto")
    return cannot_map((image.is_object() ? here : place).of("detail"), fmt::format("\"{}\"", one_line(detail, 20)));
  if (!image.is_object()) return add_data_url(image, here, out, tokens);
  dom::element url;
  const Place url_place = here.of("url");
  if (inner["url"].get(url) != simdjson::SUCCESS) return line_fault(fmt::format("{} is missing", url_place.spelled()));
  return add_data_url(url, url_place, out, tokens);
}

std::optional<LineFault> add_audio(const dom::object& part, const Place& place, std::string& out,
                                   std::int64_t& tokens) {
  if (auto wrong = only_members(part, place, {"type", "input_audio"})) return wrong;
  const Place here = place.of("input_audio");
  dom::object audio;
  if (part["input_audio"].get_object().get(audio) != simdjson::SUCCESS)
    return line_fault(fmt::format("{} must be an object", here.spelled()));
  if (auto wrong = only_members(audio, here, {"data", "format"})) return wrong;
  std::string_view data, format;
  if (audio["data"].get_string().get(data) != simdjson::SUCCESS)
    return line_fault(fmt::format("{} must be a string", here.of("data").spelled()));
  if (audio["format"].get_string().get(format) != simdjson::SUCCESS || (format != "wav" && format != "mp3"))
    return line_fault(fmt::format("{} must be \"wav\" or \"mp3\"", here.of("format").spelled()));
  tokens += kAudioTokens;
  return add_inline(format == "wav" ? "audio/wav" : "audio/mp3", data, here.of("data"), out);
}

std::optional<LineFault> add_part(const dom::element& element, const Place& place, Turn turn, Dialect dialect,
                                  std::string& out, std::int64_t& tokens) {
  dom::object part;
  if (element.get_object().get(part) != simdjson::SUCCESS) return wrong_type(place, "an object", element);
  std::string_view type;
  if (part["type"].get_string().get(type) != simdjson::SUCCESS)
    return line_fault(fmt::format("{} has no \"type\"", place.spelled()));
  if (type == "text" || type == "input_text" || type == "output_text") {
    if (dialect == Dialect::openai)
      if (auto wrong = only_members(part, place, {"type", "text"})) return wrong;
    dom::element text;
    if (part["text"].get(text) != simdjson::SUCCESS)
      return line_fault(fmt::format("{} is missing", place.of("text").spelled()));
    return add_text_part(text, place.of("text"), out, tokens);
  }
  if (turn.role == Role::user) {
    if (type == "image_url" || type == "input_image") return add_image(part, place, out, tokens);
    if (type == "input_audio") return add_audio(part, place, out, tokens);
  }
  return cannot_map(place, fmt::format("a part of the type \"{}\"", one_line(type, 40)));
}

std::optional<LineFault> add_content(const Turn& turn, const Place& message, Dialect dialect, std::string& out,
                                     std::int64_t& tokens) {
  const Place place = message.of(turn.content_name);
  dom::array pieces;
  if (turn.content.get_array().get(pieces) != simdjson::SUCCESS) {
    if (!turn.content.is_string()) return wrong_type(place, "a string or an array of parts", turn.content);
    return add_text_part(turn.content, place, out, tokens);
  }
  std::size_t index = 0;
  for (const auto piece : pieces)
    if (auto wrong = add_part(piece, place.at(index++), turn, dialect, out, tokens)) return wrong;
  if (index == 0) return line_fault(fmt::format("{} is empty", place.spelled()));
  return std::nullopt;
}

}  // namespace

std::string_view spell(dom::element_type type) {
  switch (type) {
    case dom::element_type::ARRAY:
      return "an array";
    case dom::element_type::OBJECT:
      return "an object";
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
      return "a number";
    case dom::element_type::STRING:
      return "a string";
    case dom::element_type::BOOL:
      return "true or false";
    case dom::element_type::NULL_VALUE:
      return "null";
  }
  return "something else";
}

std::string member_list(const dom::object& object) {
  std::string list;
  std::size_t shown = 0;
  for (const auto field : object) {
    if (++shown > 8) return list + ", …";
    list += fmt::format("{}\"{}\"", shown == 1 ? "" : ", ", one_line(field.key, 40));
  }
  return list.empty() ? "no members" : list;
}

LineFault cannot_map(const Place& place, std::string_view why) {
  return line_fault(
      fmt::format("{}{}{} cannot be mapped to a Gemini request", place.spelled(), why.empty() ? "" : ": ", why),
      R"(Leave it out, or write the line as a Gemini request: {"key":…,"request":{…}}.)");
}

std::optional<LineFault> only_members(const dom::object& object, const Place& place,
                                      std::initializer_list<std::string_view> known) {
  unsigned seen = 0;
  for (const auto field : object) {
    const auto one = std::find(known.begin(), known.end(), field.key);
    if (one == known.end()) {
      if (!field.value.is_null()) return cannot_map(place.of(field.key));
      continue;
    }
    const unsigned bit = 1U << static_cast<unsigned>(one - known.begin());
    if ((seen & bit) != 0) return line_fault(fmt::format("{} is there twice", place.of(field.key).spelled()));
    seen |= bit;
  }
  return std::nullopt;
}

std::optional<LineFault> add_text_part(const dom::element& text, const Place& place, std::string& out,
                                       std::int64_t& tokens) {
  std::string_view words;
  if (text.get_string().get(words) != simdjson::SUCCESS) return wrong_type(place, "a string", text);
  if (without_outer_space(words).empty()) return line_fault(fmt::format("{} is empty", place.spelled()));
  begin_part(out);
  out += "{\"text\":";
  append_json_string(out, words);
  out += '}';
  tokens += estimate_tokens(words);
  return std::nullopt;
}

std::optional<LineFault> add_messages(const dom::element& messages, const Place& place, Dialect dialect,
                                      RequestParts& parts) {
  dom::array list;
  if (messages.get_array().get(list) != simdjson::SUCCESS) return wrong_type(place, "an array", messages);
  std::vector<Turn> turns;
  std::size_t index = 0;
  bool begun = false;
  for (const auto message : list) {
    const Place here = place.at(index++);
    Turn turn;
    if (auto wrong = read_turn(message, here, dialect, turn)) return wrong;
    if (turn.role == Role::system && begun)
      return line_fault(
          fmt::format("{}: a system message after the conversation began cannot be mapped to a Gemini request",
                      here.spelled()),
          "Put it first, or make it part of a user message.");
    begun = begun || turn.role != Role::system;
    turns.push_back(turn);
  }
  if (dialect == Dialect::chat && !turns.empty() && turns.back().role == Role::model) turns.pop_back();
  if (turns.empty() || turns.back().role != Role::user)
    return line_fault(fmt::format("{}: {}", place.spelled(),
                                  turns.empty() || turns.back().role == Role::system
                                      ? "no message of the user, so there is nothing to answer"
                                      : "the last message is the assistant's, so there is nothing to answer"));
  for (const Turn& turn : turns) {
    const Place here = place.at(turn.index);
    if (turn.role == Role::system) {
      if (auto wrong = add_content(turn, here, dialect, parts.system_parts, parts.tokens)) return wrong;
      continue;
    }
    if (!parts.contents.empty()) parts.contents += ',';
    parts.contents += turn.role == Role::user ? "{\"role\":\"user\",\"parts\":[" : "{\"role\":\"model\",\"parts\":[";
    if (auto wrong = add_content(turn, here, dialect, parts.contents, parts.tokens)) return wrong;
    parts.contents += "]}";
  }
  return std::nullopt;
}

}  // namespace batchctl
