// The few things that are done with URLs: where they lead, whether that is this machine, and moving them elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace batchctl::http {

/// Whom a URL talks to: lower case, the port always given.
struct Origin {
  std::string scheme;
  std::string host;  // an IPv6 address in brackets
  std::string port;
  bool operator==(const Origin&) const = default;
};

/// nullopt when it is not an absolute http or https URL, or when it holds a user name or a password.
std::optional<Origin> origin_of(const std::string& url);

/// 127.0.0.0/8, ::1, localhost.
bool is_loopback(std::string_view host);

/// Keys travel in a header: without TLS they may not leave this machine.
bool may_be_asked(const Origin& origin);

/// What a `Location` header of an answer from `url` leads to; nullopt when it cannot be read.
std::optional<std::string> resolved(const std::string& url, const std::string& location);

/// Path and query of `url` at the scheme, host and port of `base`; nullopt when one of them cannot be read.
std::optional<std::string> moved_to(const std::string& url, const std::string& base);

}  // namespace batchctl::http
