#include "http/url.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "base/text.hpp"
#include "http/curl.hpp"

namespace batchctl::http {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl().url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

UrlHandle parsed(const std::string& text) {
  UrlHandle url(curl().url());
  if (url && curl().url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) url.reset();
  return url;
}

/// nullopt also when the part is not there.
std::optional<std::string> part(const UrlHandle& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl().url_get(url.get(), which, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string copy(text);
  curl().free(text);
  return copy;
}

bool is_loopback_ipv4(std::string_view host) {
  int numbers = 0;
  for (bool more = true; more; ++numbers) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    const std::string_view digits = host.substr(0, dot);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != digits.npos) return false;
    std::uint32_t number = 0;
    for (const char digit : digits) number = number * 10 + static_cast<std::uint32_t>(digit - '0');
    if (number > 255 || (numbers == 0 && number != 127)) return false;
    more = dot < host.size();
    host.remove_prefix(more ? dot + 1 : dot);
  }
  return numbers == 4;
}

}  // namespace

std::optional<Origin> origin_of(const std::string& url) {
  const UrlHandle handle = parsed(url);
  if (!handle || part(handle, CURLUPART_USER) || part(handle, CURLUPART_PASSWORD)) return std::nullopt;
  const auto scheme = part(handle, CURLUPART_SCHEME);
  const auto host = part(handle, CURLUPART_HOST);
  const auto port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (!scheme || !host || !port || (*scheme != "http" && *scheme != "https")) return std::nullopt;
  return Origin{*scheme, to_lower(*host), *port};
}

bool is_loopback(std::string_view host) { return host == "localhost" || host == "[::1]" || is_loopback_ipv4(host); }

bool may_be_asked(const Origin& origin) { return origin.scheme == "https" || is_loopback(origin.host); }

std::optional<std::string> resolved(const std::string& url, const std::string& location) {
  const UrlHandle handle = parsed(url);
  if (!handle || curl().url_set(handle.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK) return std::nullopt;
  return part(handle, CURLUPART_URL);
}

std::optional<std::string> moved_to(const std::string& url, const std::string& base) {
  const UrlHandle handle = parsed(url);
  const auto origin = origin_of(base);
  if (!handle || !origin) return std::nullopt;
  const bool moved = curl().url_set(handle.get(), CURLUPART_SCHEME, origin->scheme.c_str(), 0) == CURLUE_OK &&
                     curl().url_set(handle.get(), CURLUPART_HOST, origin->host.c_str(), 0) == CURLUE_OK &&
                     curl().url_set(handle.get(), CURLUPART_PORT, origin->port.c_str(), 0) == CURLUE_OK &&
                     curl().url_set(handle.get(), CURLUPART_USER, nullptr, 0) == CURLUE_OK &&
                     curl().url_set(handle.get(), CURLUPART_PASSWORD, nullptr, 0) == CURLUE_OK;
  return moved ? part(handle, CURLUPART_URL, CURLU_NO_DEFAULT_PORT) : std::nullopt;
}

}  // namespace batchctl::http
