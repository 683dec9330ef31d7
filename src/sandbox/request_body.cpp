#include "sandbox/request_body.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.hpp"
#include "sandbox/replies.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::string_view kTokenPrefix = "before:";
constexpr std::string_view kEmptyPrefix = "again:";

}  // namespace

std::optional<std::string> read_text(Request& request, Answer& refusal) {
  std::string body;
  bool fits = true;
  const bool whole = request.read_body([&](std::string_view piece) {
    fits = body.size() + piece.size() <= kBodyBytesMax;
    if (fits) body += piece;
    return true;  // also what does not fit must be read, so that the answer reaches the client
  });
  if (!fits) {
    refusal = error_answer(400, "Request payload size exceeds the limit: 20971520 bytes.");
    return std::nullopt;
  }
  if (!whole) {
    refusal.ending = Ending::close;
    return std::nullopt;
  }
  return body;
}

std::optional<nlohmann::json> read_json(Request& request, Answer& refusal) {
  const auto body = read_text(request, refusal);
  if (!body) return std::nullopt;
  if (body->empty()) return nlohmann::json::object();
  auto json = nlohmann::json::parse(*body, nullptr, false);
  if (!json.is_object()) {
    refusal = error_answer(400, "Invalid JSON payload received. Expected an object.");
    return std::nullopt;
  }
  return json;
}

const nlohmann::json& member(const nlohmann::json& object, const char* camel, const char* snake) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  for (const char* name : {camel, snake}) {
    const auto found = object.find(name);
    if (found != object.end()) return *found;
  }
  return kNull;
}

std::string text_member(const nlohmann::json& object, const char* camel, const char* snake) {
  const auto& value = member(object, camel, snake);
  return value.is_string() ? value.get<std::string>() : "";
}

std::optional<std::uint64_t> parse_number(const std::string& text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (text.empty() || problem != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<Page> page_of(const Request& request, std::size_t default_size, std::size_t max_size) {
  Page page{std::min(default_size, max_size), std::numeric_limits<std::uint64_t>::max()};
  if (const std::string size = request.query_or_empty("pageSize"); !size.empty()) {
    const auto number = parse_number(size);
    if (!number) return std::nullopt;
    if (*number > 0) page.limit = std::min<std::size_t>(*number, max_size);
  }
  if (const std::string token = request.query_or_empty("pageToken"); !token.empty()) {
    const auto text = from_base64(token);
    if (!text) return std::nullopt;
    page.follows_empty = text->compare(0, kEmptyPrefix.size(), kEmptyPrefix) == 0;
    const std::string_view prefix = page.follows_empty ? kEmptyPrefix : kTokenPrefix;
    if (text->compare(0, prefix.size(), prefix) != 0) return std::nullopt;
    const auto serial = parse_number(text->substr(prefix.size()));
    if (!serial) return std::nullopt;
    page.below = *serial;
  }
  return page;
}

std::string page_token(std::uint64_t last_serial) {
  return to_base64(std::string(kTokenPrefix) + std::to_string(last_serial));
}

std::string token_after_empty(const Page& page) {
  return to_base64(std::string(kEmptyPrefix) + std::to_string(page.below));
}

}  // namespace batchctl::sandbox
