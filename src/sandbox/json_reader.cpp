#include "sandbox/json_reader.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace batchctl::sandbox {
namespace {

constexpr Duration kLongest = hours{24 * 3650};

std::string shown(const nlohmann::json& value) {
  return one_line(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), 60);
}

}  // namespace

JsonReader::JsonReader(const nlohmann::json& object, std::string place) : object_(object), place_(std::move(place)) {
  if (!object_.is_object()) fault_ = fmt::format("{} is {}; it is an object", place_, shown(object_));
}

const nlohmann::json* JsonReader::member(const char* name) {
  known_.insert(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

void JsonReader::fault(const std::string& name, const std::string& what) {
  if (!fault_) fault_ = fmt::format("{}.{} {}", place_, name, what);
}

void JsonReader::take_fault(std::string whole) {
  if (!fault_) fault_ = std::move(whole);
}

const std::string* JsonReader::text_at(const char* name) {
  const auto* value = member(name);
  if (value == nullptr) return nullptr;
  if (value->is_string()) return value->get_ptr<const std::string*>();
  fault(name, fmt::format("is {}; it is a text", shown(*value)));
  return nullptr;
}

void JsonReader::text(const char* name, std::string& into) {
  if (const std::string* text = text_at(name)) into = *text;
}

void JsonReader::texts(const char* name, std::vector<std::string>& into) {
  const auto* value = member(name);
  if (value == nullptr) return;
  bool good = value->is_array();
  if (good) {
    for (const auto& one : *value) good = good && one.is_string();
  }
  if (!good) return fault(name, fmt::format("is {}; it is a list of texts", shown(*value)));
  into = value->get<std::vector<std::string>>();
}

void JsonReader::flag(const char* name, bool& into) {
  const auto* value = member(name);
  if (value == nullptr) return;
  if (!value->is_boolean()) return fault(name, fmt::format("is {}; it is true or false", shown(*value)));
  into = value->get<bool>();
}

void JsonReader::count(const char* name, std::uint64_t& into, std::uint64_t least) {
  const auto* value = member(name);
  if (value == nullptr) return;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least) {
    return fault(name, fmt::format("is {}; it is a whole number, {} or more", shown(*value), least));
  }
  into = value->get<std::uint64_t>();
}

void JsonReader::integer(const char* name, int& into, int least, int most) {
  const auto* value = member(name);
  if (value == nullptr) return;
  if (!value->is_number_integer() || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most) {
    return fault(name, fmt::format("is {}; it is a whole number from {} to {}", shown(*value), least, most));
  }
  into = value->get<int>();
}

void JsonReader::share(const char* name, double& into) {
  const auto* value = member(name);
  if (value == nullptr) return;
  if (!value->is_number() || value->get<double>() < 0 || value->get<double>() > 1) {
    return fault(name, fmt::format("is {}; it is a share between 0 and 1", shown(*value)));
  }
  into = value->get<double>();
}

void JsonReader::duration(const char* name, Duration& into) {
  const std::string* text = text_at(name);
  if (text == nullptr) return;
  const auto length = parse_duration(*text);
  if (!length) return fault(name, fmt::format("is \"{}\"; it is a duration such as \"90s\" or \"15m\"", *text));
  if (*length > kLongest) return fault(name, fmt::format("is \"{}\"; it is ten years at most", *text));
  into = *length;
}

std::optional<std::string> JsonReader::end() {
  if (!fault_ && object_.is_object()) {
    for (const auto& [name, value] : object_.items()) {
      if (known_.count(name) == 0) {
        fault(name, fmt::format("is not known here; known are {}", fmt::join(known_, ", ")));
        break;
      }
    }
  }
  return fault_;
}

}  // namespace batchctl::sandbox
