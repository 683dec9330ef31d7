#include "discovery/formats.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/time.hpp"

namespace batchctl::discovery {
namespace {

using Json = nlohmann::json;

template <class Number>
bool is_whole_number(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  return !text.empty() && problem == std::errc{} && stop == end;
}

bool has_format(const std::string& format, const std::string& text) {
  static const std::regex duration("-?[0-9]+(\\.[0-9]{1,9})?s");
  static const std::regex base64("([A-Za-z0-9+/_-]{4})*([A-Za-z0-9+/_-]{2}(==)?|[A-Za-z0-9+/_-]{3}=?)?");
  static const std::regex time(
      "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})");
  static const std::regex field_mask("[a-zA-Z.]+(,[a-zA-Z.]+)*");
  if (format == "int64") return is_whole_number<std::int64_t>(text);
  if (format == "uint64") return is_whole_number<std::uint64_t>(text);
  if (format == "google-datetime") return std::regex_match(text, time) && parse_rfc3339(text).has_value();
  if (format == "google-duration") return std::regex_match(text, duration);
  if (format == "google-fieldmask") return std::regex_match(text, field_mask);
  return format == "byte" && std::regex_match(text, base64);
}

bool is_int32(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= std::numeric_limits<std::int32_t>::max();
  return value.is_number_integer() && value.get<std::int64_t>() >= std::numeric_limits<std::int32_t>::min();
}

std::string text_fault(const Json& schema, const Json& value) {
  if (!value.is_string()) return "is no text but " + value.dump();
  const auto& text = value.get_ref<const std::string&>();
  if (const auto words = schema.find("enum"); words != schema.end()) {
    if (std::find(words->begin(), words->end(), value) == words->end()) return "is none of its words: " + text;
    return {};
  }
  const std::string format = schema.value("format", "");
  if (!format.empty() && !has_format(format, text)) return "is no " + format + ": " + text;
  return {};
}

}  // namespace

std::string scalar_fault(const Json& schema, const Json& value) {
  const std::string type = schema.at("type");
  if (type == "string") return text_fault(schema, value);
  if (type == "boolean") return value.is_boolean() ? "" : "is neither true nor false but " + value.dump();
  if (type == "integer") {
    if (schema.value("format", "") != "int32") return "has a format that is not known here";
    return is_int32(value) ? "" : "is no int32 but " + value.dump();
  }
  if (type != "number") return "has a type that is not known here: " + type;
  if (value.is_number() || value == "NaN" || value == "Infinity" || value == "-Infinity") return {};
  return "is no number but " + value.dump();
}

}  // namespace batchctl::discovery
