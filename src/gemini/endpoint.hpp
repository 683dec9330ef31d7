// Where the service is and what every request to it carries. The key goes into one header, to this origin only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "http/client.hpp"

namespace batchctl::gemini {

/// With whom the key goes along on a download.
enum class KeyGoes { home, nowhere };

class Endpoint {
 public:
  /// Throws Fatal{usage} when the URL is not https (http for this machine), or the key cannot be a header's value.
  Endpoint(std::string base_url, std::string key);

  /// `path` begins with a slash. With the key, and bounded as control calls are.
  http::Request get(const std::string& path) const;
  http::Request post_json(const std::string& path, std::string body) const;
  http::Request remove(const std::string& path) const;

  /// A GET that may lead elsewhere: the key goes along only to our own origin, if at all. Bounded by a stall alone.
  http::Request download(const std::string& url, KeyGoes key) const;
  /// Whether a URL is at our own scheme, host and port.
  bool is_home(const std::string& url) const;
  /// A request to the URL that an upload was given, which carries its own right to write: no key.
  http::Request upload(const std::string& upload_url) const;

  std::string url(const std::string& path) const { return base_url_ + path; }
  /// An upload URL at our own scheme, host and port, as Google's SDKs do it, so that a proxy or a local service works.
  std::optional<std::string> at_home(const std::string& upload_url) const;

 private:
  http::Request with_key(const char* method, const std::string& path) const;

  std::string base_url_;  // no slash at the end
  std::string key_;
};

/// For one part of a path: everything but unreserved characters is escaped.
std::string escaped(std::string_view text);
/// The same, for a name with slashes that stay.
std::string escaped_name(std::string_view name);

}  // namespace batchctl::gemini
