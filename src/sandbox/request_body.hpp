// Reading JSON bodies and query values the way proto3 JSON is read: either spelling of a name, numbers also as strings.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/exchange.hpp"

namespace batchctl::sandbox {

constexpr std::size_t kBodyBytesMax = 20971520;

/// The whole body, or nullopt with the refusal in `refusal`: too long, or cut.
std::optional<std::string> read_text(Request& request, Answer& refusal);

/// The body as a JSON object (an empty body is `{}`), or nullopt with the refusal in `refusal`.
std::optional<nlohmann::json> read_json(Request& request, Answer& refusal);

/// The member under its camelCase or snake_case name, or null.
const nlohmann::json& member(const nlohmann::json& object, const char* camel, const char* snake);

/// A string member, empty when absent or of another type.
std::string text_member(const nlohmann::json& object, const char* camel, const char* snake);

/// Decimal digits only.
std::optional<std::uint64_t> parse_number(const std::string& text);

/// A page of a list: at most `limit` items with a serial below `below`.
struct Page {
  std::size_t limit = 0;
  std::uint64_t below = 0;
  bool follows_empty = false;  // the page before it had no items
};

/// From `pageSize` and `pageToken`; nullopt when either is not of its form.
std::optional<Page> page_of(const Request& request, std::size_t default_size, std::size_t max_size);
/// The token of the page that follows the item with this serial.
std::string page_token(std::uint64_t last_serial);
/// The token of the page that is to take the place of one without items.
std::string token_after_empty(const Page& page);

}  // namespace batchctl::sandbox
