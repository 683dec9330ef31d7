// Responses of the service, written by hand, and small readers of what a task wants next.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/byte_source.hpp"
#include "fakes/text_source.hpp"
#include "gemini/task.hpp"
#include "http/client.hpp"

namespace batchctl::tests {

inline http::Response reply(int status, std::string body = {}, std::vector<http::Header> headers = {}) {
  http::Response response;
  response.kind = http::ResponseKind::answered;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

inline http::Response no_reply(http::ResponseKind kind) {
  http::Response response;
  response.kind = kind;
  response.message = "as curl puts it";
  return response;
}

inline std::string error_json(int code, const std::string& status, const std::string& message,
                              const std::string& details = {}) {
  std::string body = R"({"error": {"code": )" + std::to_string(code) + R"(, "message": ")" + message +
                     R"(", "status": ")" + status + "\"";
  if (!details.empty()) body += R"(, "details": [)" + details + "]";
  return body + "}}";
}

inline const http::Request& request_of(const gemini::Step& step) {
  REQUIRE(std::holds_alternative<http::Request>(step));
  return std::get<http::Request>(step);
}

template <class Value>
const Value& answer_of(const gemini::Step& step) {
  REQUIRE(std::holds_alternative<Answer>(step));
  REQUIRE(std::holds_alternative<Value>(std::get<Answer>(step)));
  return std::get<Value>(std::get<Answer>(step));
}

inline std::optional<std::string> header_of(const http::Request& request, const std::string& name) {
  for (const http::Header& header : request.headers)
    if (header.name == name) return header.value;
  return std::nullopt;
}

using fakes::TextSource;

}  // namespace batchctl::tests
