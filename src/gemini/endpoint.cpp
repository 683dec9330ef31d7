#include "gemini/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "http/url.hpp"

namespace batchctl::gemini {
namespace {

constexpr const char* kKeyHeader = "x-goog-api-key";
constexpr Duration kControlTimeout = seconds{90};  // a get was seen to take 60 s (python-genai issue 2519, 2026)
constexpr Duration kDataStall = seconds{120};

std::string escaped_except(std::string_view text, std::string_view kept) {
  std::string safe;
  for (const char c : text) {
    const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kept.find(c) != std::string_view::npos;
    safe += stays ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return safe;
}

}  // namespace

std::string escaped(std::string_view text) { return escaped_except(text, "-._~"); }
std::string escaped_name(std::string_view name) { return escaped_except(name, "-._~/"); }

Endpoint::Endpoint(std::string base_url, std::string key) : base_url_(std::move(base_url)), key_(std::move(key)) {
  while (base_url_.ends_with('/')) base_url_.pop_back();
  const auto origin = http::origin_of(base_url_);
  if (!origin || !http::may_be_asked(*origin)) {
    throw Fatal(ExitCode::usage, "base_url",
                fmt::format("the base URL {} is not https, nor http to this machine", redacted(base_url_)));
  }
  const bool is_printable = std::all_of(key_.begin(), key_.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  if (key_.empty() || !is_printable) {
    throw Fatal(ExitCode::usage, "key", "the API key is empty or holds blanks, line ends or other odd characters");
  }
  keep_secret(key_);
}

http::Request Endpoint::with_key(const char* method, const std::string& path) const {
  http::Request request;
  request.method = method;
  request.url = base_url_ + path;
  request.headers.push_back({kKeyHeader, key_});
  request.timeout = kControlTimeout;
  request.stall = Duration::zero();
  return request;
}

http::Request Endpoint::get(const std::string& path) const { return with_key("GET", path); }

http::Request Endpoint::post_json(const std::string& path, std::string body) const {
  http::Request request = with_key("POST", path);
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = std::make_shared<const std::string>(std::move(body));
  return request;
}

http::Request Endpoint::remove(const std::string& path) const { return with_key("DELETE", path); }

bool Endpoint::is_home(const std::string& url) const { return http::origin_of(url) == http::origin_of(base_url_); }

http::Request Endpoint::download(const std::string& url, KeyGoes key) const {
  http::Request request;
  request.url = url;
  request.stall = kDataStall;
  if (key == KeyGoes::home && is_home(url)) request.headers.push_back({kKeyHeader, key_});
  return request;
}

http::Request Endpoint::upload(const std::string& upload_url) const {
  http::Request request;
  request.method = "POST";
  request.url = upload_url;
  request.stall = kDataStall;
  return request;
}

std::optional<std::string> Endpoint::at_home(const std::string& upload_url) const {
  return http::moved_to(upload_url, base_url_);
}

}  // namespace batchctl::gemini
