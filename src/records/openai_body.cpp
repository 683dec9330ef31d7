#include "records/openai_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "base/text.hpp"
#include "records/json_text.hpp"
#include "records/messages.hpp"

namespace batchctl {

namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostStops = 5;  // stopSequences: "up to 5" (GenerationConfig, 2026)

/// Whether a member that we do not read says only what happens anyway.
bool is_neutral(std::string_view name, const dom::element& value) {
  if (value.is_null()) return true;
  bool yes = false;
  if (name == "stream" || name == "logprobs" || name == "store" || name == "background")
    return value.get_bool().get(yes) == simdjson::SUCCESS && !yes;
  std::int64_t number = 0;
  if (name == "n" || name == "best_of") return value.get_int64().get(number) == simdjson::SUCCESS && number == 1;
  if (name == "top_logprobs") return value.get_int64().get(number) == simdjson::SUCCESS && number == 0;
  dom::array list;
  if (name == "tools" || name == "functions" || name == "include")
    return value.get_array().get(list) == simdjson::SUCCESS && list.begin() == list.end();
  dom::object object;
  if (name == "logit_bias" || name == "metadata")
    return value.get_object().get(object) == simdjson::SUCCESS && object.begin() == object.end();
  std::string_view word;
  if (value.get_string().get(word) != simdjson::SUCCESS) return false;
  if (name == "service_tier") return word == "auto" || word == "default";
  if (name == "truncation") return word == "disabled";
  if (name == "tool_choice") return word == "none" || word == "auto";  // tools themselves are refused
  return false;
}

class Body {
  // The members that are read.
  enum Member : std::size_t {
    model,
    messages,
    input,
    instructions,
    max_tokens,
    max_completion_tokens,
    max_output_tokens,
    temperature,
    top_p,
    stop,
    seed,
    presence_penalty,
    frequency_penalty,
    response_format,
    text,
    kMembers
  };
  static constexpr std::array<std::string_view, kMembers> kNames = {"model",
                                                                    "messages",
                                                                    "input",
                                                                    "instructions",
                                                                    "max_tokens",
                                                                    "max_completion_tokens",
                                                                    "max_output_tokens",
                                                                    "temperature",
                                                                    "top_p",
                                                                    "stop",
                                                                    "seed",
                                                                    "presence_penalty",
                                                                    "frequency_penalty",
                                                                    "response_format",
                                                                    "text"};

 public:
  Body(const Place& place, RequestParts& parts) : place_(place), parts_(parts) {}

  std::optional<LineFault> read(const dom::object& body) {
    for (const auto field : body) {
      const auto member = static_cast<std::size_t>(std::find(kNames.begin(), kNames.end(), field.key) - kNames.begin());
      if (member == kMembers) {
        if (!is_neutral(field.key, field.value)) return cannot_map(place_.of(field.key));
        continue;
      }
      if (seen_[member]) return line_fault(fmt::format("{} is there twice", place_.of(field.key).spelled()));
      seen_[member] = true;
      here_[member] = !field.value.is_null();
      value_[member] = field.value;
    }
    return std::nullopt;
  }

  bool has(Member member) const { return here_[member]; }

  std::optional<LineFault> map() {
    if (has(model) && !value_[model].is_string()) return must_be(model, "a string");
    if (auto wrong = conversation()) return wrong;
    if (auto wrong = output_limit()) return wrong;
    for (const auto& [member, name] : {std::pair{temperature, "temperature"}, std::pair{top_p, "topP"}})
      if (auto wrong = number(member, name)) return wrong;
    if (auto wrong = stops()) return wrong;
    if (auto wrong = whole_seed()) return wrong;
    for (const auto& [member, name] :
         {std::pair{presence_penalty, "presencePenalty"}, std::pair{frequency_penalty, "frequencyPenalty"}})
      if (auto wrong = number(member, name)) return wrong;
    return answer_format();
  }

 private:
  LineFault must_be(Member member, std::string_view what) const {
    return line_fault(fmt::format("{} must be {}, found {}", place_.of(kNames[member]).spelled(), what,
                                  spell(value_[member].type())));
  }

  std::string& config(std::string_view name) {
    std::string& out = parts_.generation_config;
    if (!out.empty()) out += ',';
    out += fmt::format("\"{}\":", name);
    return out;
  }

  std::optional<LineFault> conversation() {
    if (has(messages) && has(input))
      return line_fault(fmt::format("{} has both \"messages\" and \"input\"", place_.spelled()));
    if (has(instructions))
      if (auto wrong =
              add_text_part(value_[instructions], place_.of("instructions"), parts_.system_parts, parts_.tokens))
        return wrong;
    if (has(messages)) return add_messages(value_[messages], place_.of("messages"), Dialect::openai, parts_);
    if (!has(input)) return line_fault(fmt::format("{} has neither \"messages\" nor \"input\"", place_.spelled()));
    if (!value_[input].is_string()) return add_messages(value_[input], place_.of("input"), Dialect::openai, parts_);
    parts_.contents = "{\"role\":\"user\",\"parts\":[";
    if (auto wrong = add_text_part(value_[input], place_.of("input"), parts_.contents, parts_.tokens)) return wrong;
    parts_.contents += "]}";
    return std::nullopt;
  }

  /// Three names of one number.
  std::optional<LineFault> output_limit() {
    std::optional<std::int64_t> most;
    for (const Member member : {max_tokens, max_completion_tokens, max_output_tokens}) {
      if (!has(member)) continue;
      std::int64_t tokens = 0;
      if (value_[member].get_int64().get(tokens) != simdjson::SUCCESS || tokens < 1 ||
          tokens > std::numeric_limits<std::int32_t>::max())
        return line_fault(
            fmt::format("{} must be a whole number from 1 to 2147483647", place_.of(kNames[member]).spelled()));
      if (most && *most != tokens)
        return line_fault(
            fmt::format("{} says {}, another member {}", place_.of(kNames[member]).spelled(), tokens, *most));
      most = tokens;
    }
    if (most) config("maxOutputTokens") += fmt::format("{}", *most);
    return std::nullopt;
  }

  std::optional<LineFault> number(Member member, std::string_view name) {
    if (!has(member)) return std::nullopt;
    if (!value_[member].is_number()) return must_be(member, "a number");
    config(name) += simdjson::minify(value_[member]);
    return std::nullopt;
  }

  std::optional<LineFault> whole_seed() {
    if (!has(seed)) return std::nullopt;
    std::int64_t value = 0;
    if (value_[seed].get_int64().get(value) != simdjson::SUCCESS || value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max())
      return line_fault(fmt::format("{} must be a whole number of 32 bits", place_.of("seed").spelled()));
    config("seed") += fmt::format("{}", value);
    return std::nullopt;
  }

  std::optional<LineFault> stops() {
    if (!has(stop)) return std::nullopt;
    std::string list;
    std::size_t count = 0;
    const auto add = [&](const dom::element& one) {
      std::string_view word;
      if (one.get_string().get(word) != simdjson::SUCCESS || word.empty()) return false;
      if (count++ > 0) list += ',';
      append_json_string(list, word);
      return true;
    };
    dom::array words;
    if (value_[stop].get_array().get(words) == simdjson::SUCCESS) {
      for (const auto word : words)
        if (!add(word))
          return line_fault(fmt::format("{} must be text that is not empty", place_.of("stop").at(count).spelled()));
    } else if (!add(value_[stop])) {
      return must_be(stop, "a string or an array of strings");
    }
    if (count > kMostStops)
      return line_fault(
          fmt::format("{} has {} texts; Gemini takes at most {}", place_.of("stop").spelled(), count, kMostStops));
    if (count > 0) config("stopSequences") += "[" + list + "]";
    return std::nullopt;
  }

  /// `response_format` of chat completions, `text.format` of responses.
  std::optional<LineFault> answer_format() {
    const Place outer = place_.of("text");
    dom::element wanted;
    Place place = place_.of("response_format");
    if (has(text)) {
      dom::object object;
      if (value_[text].get_object().get(object) != simdjson::SUCCESS) return must_be(text, "an object");
      if (auto wrong = only_members(object, outer, {"format"})) return wrong;
      if (object["format"].get(wanted) != simdjson::SUCCESS) return std::nullopt;
      if (has(response_format)) return cannot_map(outer.of("format"), "beside \"response_format\"");
      place = outer.of("format");
    } else if (has(response_format)) {
      wanted = value_[response_format];
    } else {
      return std::nullopt;
    }
    return format_in(wanted, place);
  }

  std::optional<LineFault> format_in(const dom::element& wanted, const Place& place) {
    dom::object object;
    if (wanted.get_object().get(object) != simdjson::SUCCESS)
      return line_fault(fmt::format("{} must be an object, found {}", place.spelled(), spell(wanted.type())));
    std::string_view type;
    if (object["type"].get_string().get(type) != simdjson::SUCCESS)
      return line_fault(fmt::format("{} has no \"type\"", place.spelled()));
    if (type == "text") return only_members(object, place, {"type"});
    if (type == "json_object") {
      if (auto wrong = only_members(object, place, {"type"})) return wrong;
      config("responseMimeType") += "\"application/json\"";
      return std::nullopt;
    }
    if (type != "json_schema") return cannot_map(place, fmt::format("the type \"{}\"", one_line(type, 40)));
    return schema_in(object, place);
  }

  /// The schema stands in `json_schema` (chat completions) or beside the type (responses). Its name and `strict` change
  /// nothing: Gemini always holds the answer to the schema.
  std::optional<LineFault> schema_in(const dom::object& object, const Place& place) {
    dom::object holder = object;
    const Place inner = place.of("json_schema");
    if (object["json_schema"].get_object().get(holder) == simdjson::SUCCESS) {
      if (auto wrong = only_members(object, place, {"type", "json_schema"})) return wrong;
      if (auto wrong = only_members(holder, inner, {"name", "strict", "schema"})) return wrong;
    } else {
      if (auto wrong = only_members(object, place, {"type", "name", "strict", "schema"})) return wrong;
      holder = object;
    }
    dom::element schema;
    if (holder["schema"].get(schema) != simdjson::SUCCESS || !schema.is_object())
      return line_fault(fmt::format("{} has no \"schema\" object", place.spelled()));
    config("responseMimeType") += "\"application/json\"";
    config("responseJsonSchema") += simdjson::minify(schema);
    return std::nullopt;
  }

  const Place& place_;
  RequestParts& parts_;
  std::array<dom::element, kMembers> value_;
  std::array<bool, kMembers> seen_{}, here_{};
};

}  // namespace

std::optional<LineFault> map_openai_body(const dom::element& body, std::string_view url, RequestParts& parts) {
  const Place place{nullptr, "body", Place::kNoIndex};
  dom::object object;
  if (body.get_object().get(object) != simdjson::SUCCESS)
    return line_fault(fmt::format("\"body\" must be an object, found {}", spell(body.type())));
  if (!url.empty() && !url.ends_with("/chat/completions") && !url.ends_with("/responses"))
    return LineFault{fmt::format("\"url\": {} cannot be mapped to a Gemini request", one_line(url, 60)),
                     "Lines for /v1/chat/completions and /v1/responses can be sent; embeddings as Gemini requests."};
  Body reader(place, parts);
  if (auto wrong = reader.read(object)) return wrong;
  return reader.map();
}

}  // namespace batchctl
