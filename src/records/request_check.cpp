#include "records/request_check.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "base/text.hpp"
#include "records/json_text.hpp"
#include "records/messages.hpp"
#include "records/near_words.hpp"

namespace batchctl {

namespace {

namespace dom = simdjson::dom;
using Kind = MemberType::Kind;

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::size_t member_in(const MessageSchema& schema, std::string_view name) {
  const auto find = [&](std::string_view camel) {
    for (std::size_t i = 0; i < schema.members.size(); ++i)
      if (schema.members[i].name == camel) return i;
    return kNone;
  };
  const std::size_t found = find(name);
  if (found != kNone || name.find('_') == std::string_view::npos) return found;
  return find(camel_case(name));
}

/// Base64 of either alphabet, with its padding or without, as ProtoJSON takes it.
bool is_any_base64(std::string_view data) {
  static constexpr auto kDigits = [] {
    std::array<bool, 256> digits{};
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"))
      digits[static_cast<unsigned char>(c)] = true;
    return digits;
  }();
  const std::size_t whole = data.size();
  while (data.ends_with('=') && whole - data.size() < 2) data.remove_suffix(1);
  if (data.size() < whole ? whole % 4 != 0 : whole % 4 == 1) return false;
  bool good = true;
  for (const char c : data) good = good && kDigits[static_cast<unsigned char>(c)];
  return good;
}

template <class Number>
bool is_number_text(std::string_view text) {
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && problem == std::errc{} && end == text.data() + text.size();
}

template <class Whole>
bool is_whole(const dom::element& value) {
  std::int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS)
    return number >= std::numeric_limits<Whole>::min() && number <= std::numeric_limits<Whole>::max();
  double fraction = 0;
  if (value.is_double() && value.get_double().get(fraction) == simdjson::SUCCESS)
    return std::trunc(fraction) == fraction && fraction >= static_cast<double>(std::numeric_limits<Whole>::min()) &&
           fraction < -static_cast<double>(std::numeric_limits<Whole>::min());
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS && is_number_text<Whole>(text);
}

bool is_number(const dom::element& value) {
  if (value.is_number()) return true;
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  return text == "NaN" || text == "Infinity" || text == "-Infinity" || is_number_text<double>(text);
}

/// Where the value (or its member's name) begins in the text; kNone when it is not found.
std::size_t offset_of(const Place* place, std::string_view line, bool of_name) {
  std::array<const Place*, 1100> way{};
  std::size_t depth = 0;
  for (const Place* step = place; step != nullptr && depth < way.size(); step = step->outer) way[depth++] = step;
  std::string_view at = without_outer_space(line);
  std::string_view name = at;
  while (depth > 0) {
    const Place& step = *way[--depth];
    bool found = false;
    if (step.index != Place::kNoIndex) {
      if (!at.starts_with('[')) return kNone;
      std::size_t index = 0;
      for (RawElements elements(at); !found && elements.next(); ++index) {
        if (index != step.index) continue;
        found = true;
        name = at = elements.value();
      }
    } else {
      if (!at.starts_with('{')) return kNone;
      for (RawMembers members(at); !found && members.next();) {
        const std::string_view raw = members.name();
        if (raw.substr(1, raw.size() - 2) != step.member) continue;
        found = true;
        name = raw;
        at = members.value();
      }
    }
    if (!found) return kNone;
  }
  return static_cast<std::size_t>((of_name ? name : at).data() - line.data());
}

class Checker {
 public:
  explicit Checker(std::string_view line) : line_(line) {}

  std::optional<LineFault> request(const dom::object& request, const Place* place) {
    bool is_embedding = false;
    for (const auto field : request) {
      if (field.key == "contents") {
        is_embedding = false;
        break;
      }
      is_embedding = is_embedding || field.key == "content";
    }
    return object(is_embedding ? MessageId::EmbedContentRequest : MessageId::GenerateContentRequest, request, place);
  }

  std::optional<LineFault> message(MessageId id, const dom::element& value, const Place& place) {
    dom::object members;
    if (value.get_object().get(members) != simdjson::SUCCESS) return must_be(place, "an object", value);
    return object(id, members, &place);
  }

 private:
  static Place inside(const Place* outer, std::string_view name) { return {outer, name, Place::kNoIndex}; }

  LineFault fault(const Place& place, std::string_view what, std::string_view more = {}, bool of_name = false) const {
    const std::size_t offset = line_.empty() ? kNone : offset_of(&place, line_, of_name);
    const std::string column = offset == kNone ? std::string{} : fmt::format(" (column {})", offset + 1);
    return line_fault(fmt::format("{} {}{}{}", place.spelled(), what, column, more));
  }

  LineFault must_be(const Place& place, std::string_view what, const dom::element& found) const {
    return fault(place, fmt::format("must be {}, found {}", what, spell(found.type())));
  }

  LineFault unknown(MessageId id, const Place& place) const {
    const MessageSchema& schema = schema_of(id);
    NearestWord nearest(place.member);
    for (const MemberSchema& member : schema.members) nearest.look_at(member.name);
    std::string more;
    if (const auto word = nearest.found())
      more = fmt::format("; did you mean \"{}\"?", *word);
    else
      for (const MemberSchema& member : schema.members)
        if (member.type.kind == Kind::message && member.type.shape == MemberType::Shape::one &&
            member_in(schema_of(member.type.message), place.member) != kNone) {
          more = fmt::format("; it belongs into \"{}\"", member.name);
          break;
        }
    LineFault wrong = fault(place, "is no member that the service knows", more, true);
    wrong.next = more.empty() ? "Remove it. If the service has learned it since, give --no-check-requests."
                              : "Correct the line. If the service has learned the name since, give "
                                "--no-check-requests.";
    return wrong;
  }

  std::optional<LineFault> object(MessageId id, const dom::object& object, const Place* place) {
    const MessageSchema& schema = schema_of(id);
    std::uint64_t seen = 0;
    for (const auto field : object) {
      const Place here = inside(place, field.key);
      const std::size_t member = member_in(schema, field.key);
      if (member == kNone) return unknown(id, here);
      const std::uint64_t bit = std::uint64_t{1} << member;
      if ((seen & bit) != 0) return fault(here, "is there twice");
      seen |= bit;
      if (field.value.is_null()) {
        seen &= ~bit;
        continue;
      }
      if (auto wrong = shaped(schema.members[member].type, field.value, here)) return wrong;
    }
    return whole(id, object, place, [&](std::string_view name) {
      const std::size_t member = member_in(schema, name);
      return member != kNone && (seen >> member & 1U) != 0;
    });
  }

  /// What no type says.
  template <class Has>
  std::optional<LineFault> whole(MessageId id, const dom::object& object, const Place* place, Has has) {
    switch (id) {
      case MessageId::GenerateContentRequest:
        if (!has("contents")) return fault(inside(place, "contents"), "is missing");
        return turns(object, place);
      case MessageId::Content:
        if (!has("parts")) return fault(inside(place, "parts"), "is missing");
        return std::nullopt;
      case MessageId::Part: {
        std::string_view first;
        for (const std::string_view name : {"text", "inlineData", "fileData", "functionCall", "functionResponse",
                                            "executableCode", "codeExecutionResult", "toolCall", "toolResponse"}) {
          if (!has(name)) continue;
          if (!first.empty())
            return fault(*place, fmt::format("holds both \"{}\" and \"{}\": a part is one thing", first, name));
          first = name;
        }
        if (first.empty()) return fault(*place, "is empty: a part holds text, inlineData, fileData or the like");
        return std::nullopt;
      }
      case MessageId::Blob:
      case MessageId::FileData:
        for (const std::string_view name : {id == MessageId::Blob ? "data" : "fileUri"})
          if (!has(name)) return fault(inside(place, name), "is missing");
        if (id == MessageId::Blob && !has("mimeType")) return fault(inside(place, "mimeType"), "is missing");
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  /// The roles of a conversation. A system instruction's role is not looked at by the service.
  std::optional<LineFault> turns(const dom::object& request, const Place* place) {
    const Place list = inside(place, "contents");
    dom::array contents;
    if (request["contents"].get_array().get(contents) != simdjson::SUCCESS) return std::nullopt;
    std::size_t index = 0;
    for (const auto content : contents) {
      const Place here = list.at(index++);
      std::string_view role;
      if (content["role"].get_string().get(role) != simdjson::SUCCESS || role == "user" || role == "model" ||
          role.empty())
        continue;
      LineFault wrong = fault(here.of("role"), fmt::format("is \"{}\"", one_line(role, 40)));
      wrong.what += "; the roles are \"user\" and \"model\"";
      if (role == "system") wrong.next = "Move it into \"systemInstruction\" and submit again.";
      if (role == "assistant") wrong.next = "Call it \"model\" and submit again.";
      return wrong;
    }
    return std::nullopt;
  }

  std::optional<LineFault> shaped(const MemberType& type, const dom::element& value, const Place& place) {
    switch (type.shape) {
      case MemberType::Shape::one:
        return one(type, value, place);
      case MemberType::Shape::list: {
        dom::array list;
        if (value.get_array().get(list) != simdjson::SUCCESS) return must_be(place, "an array", value);
        std::size_t index = 0;
        for (const auto element : list)
          if (auto wrong = one(type, element, place.at(index++))) return wrong;
        const bool needs_some =
            type.kind == Kind::message && (type.message == MessageId::Content || type.message == MessageId::Part);
        if (index == 0 && needs_some) return fault(place, "is empty");
        return std::nullopt;
      }
      case MemberType::Shape::map: {
        dom::object map;
        if (value.get_object().get(map) != simdjson::SUCCESS) return must_be(place, "an object", value);
        if (type.kind == Kind::any) return std::nullopt;
        for (const auto field : map)
          if (auto wrong = one(type, field.value, place.of(field.key))) return wrong;
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::optional<LineFault> one(const MemberType& type, const dom::element& value, const Place& place) {
    switch (type.kind) {
      case Kind::any:
        return std::nullopt;
      case Kind::text:
      case Kind::duration:
      case Kind::time:
        if (!value.is_string()) return must_be(place, "a string", value);
        return std::nullopt;
      case Kind::bytes: {
        std::string_view data;
        if (value.get_string().get(data) != simdjson::SUCCESS) return must_be(place, "a string", value);
        if (!is_any_base64(data)) return fault(place, "is not base64");
        return std::nullopt;
      }
      case Kind::boolean:
        if (!value.is_bool()) return must_be(place, "true or false", value);
        return std::nullopt;
      case Kind::int32:
        if (!is_whole<std::int32_t>(value)) return fault(place, "must be a whole number of 32 bits");
        return std::nullopt;
      case Kind::int64:
        if (!is_whole<std::int64_t>(value)) return fault(place, "must be a whole number of 64 bits");
        return std::nullopt;
      case Kind::number:
        if (!is_number(value)) return must_be(place, "a number", value);
        return std::nullopt;
      case Kind::word:
        return word(type, value, place);
      case Kind::message:
        return message(type.message, value, place);
    }
    return std::nullopt;
  }

  std::optional<LineFault> word(const MemberType& type, const dom::element& value, const Place& place) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return must_be(place, "a string", value);
    for (const std::string_view one : type.words)
      if (one == text || same_letters(one, text)) return std::nullopt;
    NearestWord nearest(text);
    for (const std::string_view one : type.words) nearest.look_at(one);
    std::string more;
    if (const auto near = nearest.found()) {
      more = fmt::format("; did you mean \"{}\"?", *near);
    } else {
      for (const std::string_view one : type.words) {
        if (one.ends_with("UNSPECIFIED")) continue;
        more += fmt::format("{}{}", more.empty() ? "; the words are " : ", ", one);
        if (more.size() > 160) {
          more += ", …";
          break;
        }
      }
    }
    LineFault wrong = fault(place, fmt::format("is \"{}\", no word that the service knows", one_line(text, 40)), more);
    wrong.next = "Correct the line. If the service has learned the word since, give --no-check-requests.";
    return wrong;
  }

  std::string_view line_;  // empty: no columns
};

}  // namespace

std::string camel_case(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool joins = name[i] == '_' && i > 0 && i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    out += joins ? static_cast<char>(name[++i] - 'a' + 'A') : name[i];
  }
  return out;
}

std::optional<LineFault> check_request(const dom::object& request, const Place* place, std::string_view line) {
  return Checker(line).request(request, place);
}

std::optional<LineFault> check_message(MessageId message, const dom::element& value, const Place& place) {
  return Checker({}).message(message, value, place);
}

}  // namespace batchctl
