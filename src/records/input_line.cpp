#include "records/input_line.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "records/json_fault.hpp"
#include "records/json_text.hpp"
#include "records/messages.hpp"
#include "records/openai_body.hpp"
#include "records/request_check.hpp"
#include "records/tokens.hpp"

namespace batchctl {

namespace {

namespace dom = simdjson::dom;

// The members of a line that are read, and where each stands.
enum Member : std::size_t {
  context,
  instruction,
  question,
  prompt,
  input,
  request,
  contents,
  method,
  url,
  body,
  messages,
  conversations,
  id,
  key,
  custom_id,
  kMembers
};
constexpr std::array<std::string_view, kMembers> kMemberNames = {
    "context", "instruction", "question", "prompt",        "input", "request", "contents", "method",
    "url",     "body",        "messages", "conversations", "id",    "key",     "custom_id"};

std::size_t member_named(std::string_view name) {
  return static_cast<std::size_t>(std::find(kMemberNames.begin(), kMemberNames.end(), name) - kMemberNames.begin());
}

constexpr std::string_view kExpected =
    R"(expected {"id":…,"question":"…"} (qa; also prompt, instruction, context, input), {"key":…,"request":{…}} (gemini), )"
    R"({"custom_id":…,"body":{…}} (openai) or {"messages":[…]} (chat))";

// What a request body says besides its messages: beside `messages` of a line it would be lost.
constexpr std::array<std::string_view, 15> kBodyMembers = {
    "temperature", "top_p",       "max_tokens", "max_completion_tokens", "response_format",
    "stop",        "seed",        "n",          "presence_penalty",      "frequency_penalty",
    "tools",       "tool_choice", "functions",  "function_call",         "stream"};

/// Recursion is bounded by the parser's depth limit (1024).
std::int64_t tokens_of(const dom::element& element) {
  std::int64_t tokens = 0;
  switch (element.type()) {
    case dom::element_type::ARRAY:
      for (const auto child : dom::array(element.get_array())) tokens += tokens_of(child);
      return tokens;
    case dom::element_type::OBJECT:
      for (const auto field : dom::object(element.get_object())) {
        const bool media = field.key == "data" && field.value.is_string();
        tokens += media ? kImageTokens : tokens_of(field.value);
      }
      return tokens;
    case dom::element_type::STRING:
      return estimate_tokens(std::string_view(element.get_string()));
    default:
      return 0;
  }
}

}  // namespace

struct InputLineParser::State {
  struct Found {
    dom::element value;
    std::size_t ordinal = 0;
    bool here = false;
  };

  std::optional<std::string> key_field;
  bool takes_any_members = false;  // a template decides what is said

  dom::parser parser;
  std::string_view line;
  dom::object object;
  std::array<Found, kMembers> found;
  Found user_key;  // of key_field
  RequestParts parts;

  simdjson::error_code parse(std::string_view text, dom::element& root);
  std::optional<LineFault> read(std::string_view text);
  std::optional<LineFault> find_members();
  std::optional<LineFault> key_fault() const;
  bool is_a(Member member, dom::element_type type) const {
    return found[member].here && found[member].value.type() == type;
  }
  std::optional<Member> kind_member() const;
  Result<LineFormat, LineFault> detect() const;
  std::optional<LineFault> other_kind(LineFormat mine) const;
  std::optional<LineFault> take_text(Member member, std::string_view& into) const;
  Result<InputLine, LineFault> of(LineFormat format);
  Result<InputLine, LineFault> qa() const;
  Result<InputLine, LineFault> gemini() const;
  std::optional<LineFault> is_request(const dom::object& body, bool is_bare) const;
  Result<InputLine, LineFault> openai();
  Result<InputLine, LineFault> chat();
};

simdjson::error_code InputLineParser::State::parse(std::string_view text, dom::element& root) {
  line = text;
  object = {};
  found = {};
  user_key = {};
  parts.clear();
  if (parser.capacity() < text.size()) {
    // In powers of two, so that slowly growing lines do not allocate each time.
    std::size_t capacity = std::max<std::size_t>(parser.capacity(), 1U << 16U);
    while (capacity < text.size()) capacity *= 2;
    if (parser.allocate(capacity) != simdjson::SUCCESS) return simdjson::MEMALLOC;
  }
  return parser.parse(text.data(), text.size(), false).get(root);
}

std::optional<LineFault> InputLineParser::State::read(std::string_view text) {
  dom::element root;
  const simdjson::error_code error = parse(text, root);
  if (error == simdjson::MEMALLOC) return line_fault("not enough memory for so long a line");
  if (error == simdjson::SUCCESS || error == simdjson::STRING_ERROR)
    if (const auto lone = find_lone_surrogate(text))
      return line_fault(
          fmt::format("{} is half of a surrogate pair, no character (column {})", text.substr(*lone, 6), *lone + 1));
  if (error == simdjson::NUMBER_ERROR)
    return line_fault(describe_json_fault(text, "a number that does not fit into 64 bits; write it as a string"));
  if (error != simdjson::SUCCESS) return line_fault(describe_json_fault(text, simdjson::error_message(error)));
  if (root.get_object().get(object) != simdjson::SUCCESS)
    return line_fault(fmt::format("a JSON object is expected, found {}", spell(root.type())));
  return find_members();
}

std::optional<LineFault> InputLineParser::State::find_members() {
  std::size_t ordinal = 0;
  for (const auto field : object) {
    const std::size_t member = member_named(field.key);
    if (member < kMembers) {
      if (found[member].here) return line_fault(fmt::format("\"{}\" is there twice", kMemberNames[member]));
      found[member] = {field.value, ordinal, true};
    }
    if (key_field && field.key == *key_field) {
      if (user_key.here) return line_fault(fmt::format("\"{}\" is there twice", one_line(field.key, 40)));
      user_key = {field.value, ordinal, true};
    }
    ++ordinal;
  }
  return std::nullopt;
}

/// The member that `--key-field` names is a key.
std::optional<LineFault> InputLineParser::State::key_fault() const {
  if (!key_field) return std::nullopt;
  if (!user_key.here)
    return line_fault(
        fmt::format("no \"{}\", the key by --key-field: found {}", one_line(*key_field, 40), member_list(object)));
  if (user_key.value.is_string() || user_key.value.is_number()) return std::nullopt;
  return line_fault(fmt::format("\"{}\", the key by --key-field, must be a string or a number, found {}",
                                one_line(*key_field, 40), spell(user_key.value.type())));
}

/// The member that tells what kind of record the line is.
std::optional<Member> InputLineParser::State::kind_member() const {
  using Type = dom::element_type;
  if (is_a(request, Type::OBJECT)) return request;
  if (is_a(body, Type::OBJECT)) {
    const dom::object inner = found[body].value.get_object();
    if (found[custom_id].here || found[method].here || found[url].here ||
        inner["messages"].error() == simdjson::SUCCESS || inner["input"].error() == simdjson::SUCCESS)
      return body;
  }
  for (const Member one : {messages, conversations})
    if (is_a(one, Type::ARRAY)) return one;
  for (const Member one : {question, prompt, instruction})
    if (found[one].here) return one;
  if (is_a(contents, Type::ARRAY)) return contents;
  return std::nullopt;
}

LineFormat format_told_by(Member member) {
  switch (member) {
    case request:
    case contents:
      return LineFormat::gemini;
    case body:
      return LineFormat::openai;
    case messages:
    case conversations:
      return LineFormat::chat;
    default:
      return LineFormat::qa;
  }
}

Result<LineFormat, LineFault> InputLineParser::State::detect() const {
  if (const auto member = kind_member()) return format_told_by(*member);
  if (takes_any_members) return LineFormat::qa;
  if (found[request].here)
    return line_fault(fmt::format("\"request\" must be an object, found {}", spell(found[request].value.type())));
  std::string next = "Rename the members, or convert the file.";
  for (const auto field : object) {
    const std::string lower = to_lower(field.key);
    if (lower != field.key && member_named(lower) < kMembers)
      next = fmt::format("Names are read as they stand: call \"{}\" \"{}\".", one_line(field.key, 40), lower);
    if (!field.value.is_array() && !field.value.is_object()) continue;
    next =
        fmt::format("If the records are inside of it, say where, for example --records /{}", one_line(field.key, 40));
    break;
  }
  return line_fault(fmt::format("no known kind of record: found {}; {}", member_list(object), kExpected),
                    std::move(next));
}

/// For a line without what its kind needs.
std::optional<LineFault> InputLineParser::State::other_kind(LineFormat mine) const {
  const auto member = kind_member();
  if (!member || format_told_by(*member) == mine) return std::nullopt;
  const std::string_view theirs = name_of(format_told_by(*member));
  return line_fault(fmt::format("{} {} line (\"{}\") among {} lines: every line of a run has the same format",
                                theirs == "openai" ? "an" : "a", theirs, kMemberNames[*member], name_of(mine)),
                    "Submit the two kinds as two runs.");
}

std::optional<LineFault> InputLineParser::State::take_text(Member member, std::string_view& into) const {
  const Found& one = found[member];
  if (!one.here || one.value.is_null()) return std::nullopt;
  if (one.value.get_string().get(into) != simdjson::SUCCESS)
    return line_fault(fmt::format("\"{}\" must be a string, found {}", kMemberNames[member], spell(one.value.type())));
  if (without_outer_space(into).empty()) into = {};
  return std::nullopt;
}

Result<InputLine, LineFault> InputLineParser::State::qa() const {
  InputLine record;
  record.format = LineFormat::qa;
  record.line = line;
  record.members = &object;
  if (takes_any_members) return record;
  for (auto [member, into] :
       {std::pair{context, &record.context}, std::pair{instruction, &record.instruction},
        std::pair{question, &record.question}, std::pair{prompt, &record.prompt}, std::pair{input, &record.input}})
    if (auto wrong = take_text(member, *into)) return *std::move(wrong);
  if (!record.question.empty() || !record.prompt.empty() || !record.instruction.empty()) return record;
  if (found[question].here || found[prompt].here || found[instruction].here)
    return line_fault("the question is empty: one of \"question\", \"prompt\", \"instruction\" must hold text");
  if (auto other = other_kind(LineFormat::qa)) return *std::move(other);
  return line_fault(fmt::format("no \"question\", \"prompt\" or \"instruction\": found {}", member_list(object)));
}

Result<InputLine, LineFault> InputLineParser::State::gemini() const {
  InputLine record;
  record.format = LineFormat::gemini;
  if (!found[request].here) {
    if (!found[contents].here) {
      if (auto other = other_kind(LineFormat::gemini)) return *std::move(other);
      return line_fault(fmt::format("no \"request\" object: found {}", member_list(object)));
    }
    if (auto wrong = is_request(object, true)) return *std::move(wrong);
    record.request = without_outer_space(line);
    return record;
  }
  dom::object inner;
  if (found[request].value.get_object().get(inner) != simdjson::SUCCESS)
    return line_fault(fmt::format("\"request\" must be an object, found {}", spell(found[request].value.type())));
  if (auto wrong = is_request(inner, false)) return *std::move(wrong);
  record.request = raw_member_value(line, found[request].ordinal);
  return record;
}

/// In the shape of the REST interface. A bare one is the line itself, of which every member is sent.
std::optional<LineFault> InputLineParser::State::is_request(const dom::object& asked, bool is_bare) const {
  const std::string_view before = is_bare ? "" : "\"request\".";
  dom::element turns;
  if (asked["contents"].get(turns) == simdjson::SUCCESS) {
    if (!turns.is_array())
      return line_fault(
          fmt::format("{}\"contents\" must be an array (the REST shape), found {}", before, spell(turns.type())));
  } else if (asked["content"].error() != simdjson::SUCCESS) {
    return line_fault(fmt::format("\"request\" has no \"contents\": found {}", member_list(asked)));
  }
  if (asked["config"].error() == simdjson::SUCCESS)
    return line_fault(fmt::format(
        "{}\"config\" is the shape of the SDKs, which the service refuses: use \"generationConfig\"", before));
  if (!is_bare) return std::nullopt;
  for (const Member member : {id, key, custom_id})
    if (found[member].here)
      return line_fault(fmt::format("\"{}\" beside \"contents\" would be sent with the request", kMemberNames[member]),
                        R"(Put the request into a member of its own: {"key":…,"request":{"contents":…}}.)");
  if (user_key.here)
    return line_fault(
        fmt::format("\"{}\" beside \"contents\" would be sent with the request", one_line(*key_field, 40)),
        R"(Put the request into a member of its own: {"key":…,"request":{"contents":…}}.)");
  return std::nullopt;
}

Result<InputLine, LineFault> InputLineParser::State::openai() {
  if (!found[body].here) {
    if (auto other = other_kind(LineFormat::openai)) return *std::move(other);
    return line_fault(fmt::format("no \"body\" object: found {}", member_list(object)));
  }
  std::string_view verb = "POST", path;
  if (found[method].here && (found[method].value.get_string().get(verb) != simdjson::SUCCESS || verb != "POST"))
    return line_fault("\"method\" must be \"POST\"");
  if (found[url].here && !found[url].value.is_null() && found[url].value.get_string().get(path) != simdjson::SUCCESS)
    return line_fault(fmt::format("\"url\" must be a string, found {}", spell(found[url].value.type())));
  if (auto wrong = map_openai_body(found[body].value, path, parts)) return *std::move(wrong);
  InputLine record;
  record.format = LineFormat::openai;
  record.parts = &parts;
  return record;
}

Result<InputLine, LineFault> InputLineParser::State::chat() {
  const Member list = found[messages].here ? messages : conversations;
  if (!found[list].here) {
    if (auto other = other_kind(LineFormat::chat)) return *std::move(other);
    return line_fault(fmt::format("no \"messages\" or \"conversations\": found {}", member_list(object)));
  }
  for (const auto field : object) {
    const bool lost = std::find(kBodyMembers.begin(), kBodyMembers.end(), field.key) != kBodyMembers.end();
    if (lost && !field.value.is_null())
      return line_fault(fmt::format("\"{}\" beside \"{}\" would not be sent", field.key, kMemberNames[list]),
                        R"(Write it as an OpenAI batch line, {"custom_id":…,"body":{…}}, or leave the member out.)");
  }
  const Place place{nullptr, kMemberNames[list], Place::kNoIndex};
  if (auto wrong = add_messages(found[list].value, place, Dialect::chat, parts)) return *std::move(wrong);
  InputLine record;
  record.format = LineFormat::chat;
  record.parts = &parts;
  return record;
}

InputLineParser::InputLineParser(const Settings& settings) : state_(std::make_unique<State>()) {
  state_->key_field = settings.key_field;
  state_->takes_any_members = settings.prompt.has_value();
}
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
  auto record = state_->of(*format);
  if (record)
    if (auto wrong = state_->key_fault()) return *std::move(wrong);
  return record;
}

Result<InputLine, LineFault> InputLineParser::State::of(LineFormat format) {
  switch (format) {
    case LineFormat::qa:
      return qa();
    case LineFormat::gemini:
      return gemini();
    case LineFormat::openai:
      return openai();
    case LineFormat::chat:
      return chat();
  }
  throw Bug("a line of no format");
}

bool InputLineParser::is_json(std::string_view text) {
  dom::element root;
  return state_->parse(text, root) == simdjson::SUCCESS && !find_lone_surrogate(text);
}

std::optional<LineFault> InputLineParser::request_fault() const {
  const auto& asked = state_->found[request];
  if (!asked.here) return check_request(state_->object, nullptr, state_->line);
  const Place place{nullptr, kMemberNames[request], Place::kNoIndex};
  return check_request(asked.value.get_object(), &place, state_->line);
}

std::string_view InputLineParser::raw_user_key() const {
  if (state_->key_field) {
    const auto& one = state_->user_key;
    const bool is_key = one.here && (one.value.is_string() || one.value.is_number());
    return is_key ? raw_member_value(state_->line, one.ordinal) : std::string_view{};
  }
  for (const Member member : {id, key, custom_id}) {
    const auto& one = state_->found[member];
    if (one.here && (one.value.is_string() || one.value.is_number()))
      return raw_member_value(state_->line, one.ordinal);
  }
  return {};
}

std::string_view InputLineParser::raw_line_key() const {
  const auto& one = state_->found[key];
  const bool is_key = one.here && (one.value.is_string() || one.value.is_number());
  return is_key ? raw_member_value(state_->line, one.ordinal) : std::string_view{};
}

bool InputLineParser::has(std::string_view member) const {
  const std::size_t which = member_named(member);
  return which < kMembers && state_->found[which].here;
}

std::int64_t InputLineParser::estimate_request_tokens() const {
  if (state_->parts.tokens > 0) return state_->parts.tokens;
  const auto& one = state_->found[request];
  if (one.here) return tokens_of(one.value);
  std::int64_t tokens = 0;
  for (const auto field : state_->object) tokens += tokens_of(field.value);
  return tokens;
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
