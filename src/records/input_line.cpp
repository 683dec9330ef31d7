#include "records/input_line.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "records/json_fault.hpp"
#include "records/json_text.hpp"
#include "records/tokens.hpp"

namespace batchctl {

namespace {

namespace dom = simdjson::dom;

// The members of a line that are read, and where each stands.
enum Member : std::size_t { context, instruction, question, prompt, input, request, id, key, custom_id, kMembers };
constexpr std::array<std::string_view, kMembers> kMemberNames = {
    "context", "instruction", "question", "prompt", "input", "request", "id", "key", "custom_id"};

std::size_t member_named(std::string_view name) {
  return static_cast<std::size_t>(std::find(kMemberNames.begin(), kMemberNames.end(), name) - kMemberNames.begin());
}

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

LineFault fault(std::string what, std::string next = "Correct the line and submit again.") {
  return {std::move(what), std::move(next)};
}

constexpr std::string_view kExpected =
    R"(expected {"id":…,"question":"…"} (qa; also prompt, instruction, context, input) or {"key":…,"request":{…}} (gemini))";

/// Recursion is bounded by the parser's depth limit (1024).
std::int64_t tokens_of(const dom::element& element) {
  constexpr std::int64_t kMediaTokens = 258;  // an image of up to 384 pixels, page "Understand and count tokens" (2026)
  std::int64_t tokens = 0;
  switch (element.type()) {
    case dom::element_type::ARRAY:
      for (const auto child : dom::array(element.get_array())) tokens += tokens_of(child);
      return tokens;
    case dom::element_type::OBJECT:
      for (const auto field : dom::object(element.get_object())) {
        const bool media = field.key == "data" && field.value.is_string();
        tokens += media ? kMediaTokens : tokens_of(field.value);
      }
      return tokens;
    case dom::element_type::STRING:
      return estimate_tokens(std::string_view(element.get_string()));
    default:
      return 0;
  }
}

}  // namespace

std::string_view name_of(LineFormat format) { return format == LineFormat::qa ? "qa" : "gemini"; }

std::optional<LineFormat> line_format_named(std::string_view name) {
  if (name == "qa") return LineFormat::qa;
  if (name == "gemini") return LineFormat::gemini;
  return std::nullopt;
}

struct InputLineParser::State {
  struct Found {
    dom::element value;
    std::size_t ordinal = 0;
    bool here = false;
  };

  dom::parser parser;
  std::string_view line;
  dom::object object;
  std::array<Found, kMembers> found;

  std::optional<LineFault> read(std::string_view text);
  std::optional<LineFault> find_members();
  Result<LineFormat, LineFault> detect() const;
  std::optional<LineFault> take_text(Member member, std::string_view& into) const;
  Result<InputLine, LineFault> qa() const;
  Result<InputLine, LineFault> gemini() const;
};

std::optional<LineFault> InputLineParser::State::read(std::string_view text) {
  line = text;
  object = {};
  found = {};
  if (parser.capacity() < text.size()) {
    // In powers of two, so that slowly growing lines do not allocate each time.
    std::size_t capacity = std::max<std::size_t>(parser.capacity(), 1U << 16U);
    while (capacity < text.size()) capacity *= 2;
    if (parser.allocate(capacity) != simdjson::SUCCESS) return fault("not enough memory for so long a line");
  }
  dom::element root;
  const auto error = parser.parse(text.data(), text.size(), false).get(root);
  if (error == simdjson::MEMALLOC) return fault("not enough memory for so long a line");
  if (error == simdjson::SUCCESS || error == simdjson::STRING_ERROR)
    if (const auto lone = find_lone_surrogate(text))
      return fault(
          fmt::format("{} is half of a surrogate pair, no character (column {})", text.substr(*lone, 6), *lone + 1));
  if (error == simdjson::NUMBER_ERROR)
    return fault(describe_json_fault(text, "a number that does not fit into 64 bits; write it as a string"));
  if (error != simdjson::SUCCESS) return fault(describe_json_fault(text, simdjson::error_message(error)));
  if (root.get_object().get(object) != simdjson::SUCCESS)
    return fault(fmt::format("a JSON object is expected, found {}", spell(root.type())));
  return find_members();
}

std::optional<LineFault> InputLineParser::State::find_members() {
  std::size_t ordinal = 0;
  for (const auto field : object) {
    const std::size_t member = member_named(field.key);
    if (member < kMembers) {
      if (found[member].here) return fault(fmt::format("\"{}\" is there twice", kMemberNames[member]));
      found[member] = {field.value, ordinal, true};
    }
    ++ordinal;
  }
  return std::nullopt;
}

Result<LineFormat, LineFault> InputLineParser::State::detect() const {
  if (found[request].here && found[request].value.is_object()) return LineFormat::gemini;
  if (found[question].here || found[prompt].here || found[instruction].here) return LineFormat::qa;
  if (found[request].here)
    return fault(fmt::format("\"request\" must be an object, found {}", spell(found[request].value.type())));
  return fault(fmt::format("no known kind of record: found {}; {}", member_list(object), kExpected),
               "Rename the members, or convert the file.");
}

std::optional<LineFault> InputLineParser::State::take_text(Member member, std::string_view& into) const {
  const Found& one = found[member];
  if (!one.here || one.value.is_null()) return std::nullopt;
  if (one.value.get_string().get(into) != simdjson::SUCCESS)
    return fault(fmt::format("\"{}\" must be a string, found {}", kMemberNames[member], spell(one.value.type())));
  if (without_outer_space(into).empty()) into = {};
  return std::nullopt;
}

Result<InputLine, LineFault> InputLineParser::State::qa() const {
  InputLine record;
  record.format = LineFormat::qa;
  for (auto [member, into] :
       {std::pair{context, &record.context}, std::pair{instruction, &record.instruction},
        std::pair{question, &record.question}, std::pair{prompt, &record.prompt}, std::pair{input, &record.input}})
    if (auto wrong = take_text(member, *into)) return *std::move(wrong);
  if (!record.question.empty() || !record.prompt.empty() || !record.instruction.empty()) return record;
  if (found[question].here || found[prompt].here || found[instruction].here)
    return fault("the question is empty: one of \"question\", \"prompt\", \"instruction\" must hold text");
  if (found[request].here)
    return fault("a gemini line (\"request\") among qa lines: every line of a run has the same format",
                 "Submit the two kinds as two runs.");
  return fault(fmt::format("no \"question\", \"prompt\" or \"instruction\": found {}", member_list(object)));
}

Result<InputLine, LineFault> InputLineParser::State::gemini() const {
  if (!found[request].here) {
    if (found[question].here || found[prompt].here || found[instruction].here)
      return fault("a qa line among gemini lines (no \"request\"): every line of a run has the same format",
                   "Submit the two kinds as two runs.");
    return fault(fmt::format("no \"request\" object: found {}", member_list(object)));
  }
  dom::object body;
  if (found[request].value.get_object().get(body) != simdjson::SUCCESS)
    return fault(fmt::format("\"request\" must be an object, found {}", spell(found[request].value.type())));
  dom::element contents;
  if (body["contents"].get(contents) == simdjson::SUCCESS) {
    if (!contents.is_array())
      return fault(
          fmt::format("\"request\".\"contents\" must be an array (the REST shape), found {}", spell(contents.type())));
  } else if (body["content"].error() != simdjson::SUCCESS) {
    return fault(fmt::format("\"request\" has no \"contents\": found {}", member_list(body)));
  }
  if (body["config"].error() == simdjson::SUCCESS)
    return fault(
        "\"request\".\"config\" is the shape of the SDKs, which the service refuses: use \"generationConfig\"");
  InputLine record;
  record.format = LineFormat::gemini;
  record.request = raw_member_value(line, found[request].ordinal);
  return record;
}

InputLineParser::InputLineParser() : state_(std::make_unique<State>()) {}
InputLineParser::~InputLineParser() = default;
InputLineParser::InputLineParser(InputLineParser&&) noexcept = default;
InputLineParser& InputLineParser::operator=(InputLineParser&&) noexcept = default;

Result<InputLine, LineFault> InputLineParser::parse(std::string_view line, std::optional<LineFormat> format) {
  if (auto wrong = state_->read(line)) return *std::move(wrong);
  if (!format) {
    auto detected = state_->detect();
    if (!detected) return std::move(detected).error();
    format = detected.value();
  }
  return *format == LineFormat::qa ? state_->qa() : state_->gemini();
}

std::string_view InputLineParser::raw_user_key() const {
  for (const Member member : {id, key, custom_id}) {
    const auto& one = state_->found[member];
    if (one.here && (one.value.is_string() || one.value.is_number()))
      return raw_member_value(state_->line, one.ordinal);
  }
  return {};
}

std::int64_t InputLineParser::estimate_request_tokens() const {
  const auto& one = state_->found[request];
  return one.here ? tokens_of(one.value) : 0;
}

std::string checked_json_object(std::string_view text, std::string_view name) {
  const auto bad = [&](std::string_view what) {
    return Fatal(ExitCode::usage, "bad_json", fmt::format("{}: {}", name, what), "Give a JSON object.");
  };
  dom::parser parser;
  dom::element root;
  const simdjson::padded_string padded(text);
  const auto error = parser.parse(padded).get(root);
  if (error != simdjson::SUCCESS) throw bad(describe_json_fault(text, simdjson::error_message(error)));
  if (!root.is_object()) throw bad(fmt::format("a JSON object is expected, found {}", spell(root.type())));
  if (find_lone_surrogate(text)) throw bad("half of a surrogate pair is no character");
  return minified_json(text);
}

}  // namespace batchctl
