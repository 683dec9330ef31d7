#include "sandbox/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace batchctl::sandbox {

void append_quoted(std::string& to, std::string_view text) {
  const auto is_plain = [](char byte) { return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    to += '"';
    to += text;
    to += '"';
  } else {
    to += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

void JsonText::begin(std::string_view name) {
  if (!text_.empty() && text_.back() != '{') text_ += ',';
  if (name.empty()) return;
  append_quoted(text_, name);
  text_ += ':';
}

void JsonText::open(std::string_view name) {
  begin(name);
  text_ += '{';
}

void JsonText::close() { text_ += '}'; }

void JsonText::text(std::string_view name, std::string_view value) {
  begin(name);
  append_quoted(text_, value);
}

void JsonText::raw(std::string_view name, std::string_view value) {
  begin(name);
  text_ += value;
}

}  // namespace batchctl::sandbox
