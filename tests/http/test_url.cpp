#include "http/url.hpp"

#include <doctest/doctest.h>

#include "http/date.hpp"

using namespace batchctl;
using namespace batchctl::http;

TEST_CASE("an origin is scheme, host and port, the port also when it is not written") {
  CHECK(origin_of("https://A.Example/x?y") == Origin{"https", "a.example", "443"});
  CHECK(origin_of("http://127.0.0.1:8080") == Origin{"http", "127.0.0.1", "8080"});
  CHECK(origin_of("http://[::1]:1/") == Origin{"http", "[::1]", "1"});
  CHECK(origin_of("https://a:443/") == origin_of("https://A/"));
}

TEST_CASE("a URL with a user, of another scheme or without one has no origin") {
  for (const char* url : {"", "/path", "example.com", "ftp://a/", "https://user@a/", "https://u:p@a/", "https://"}) {
    CAPTURE(url);
    CHECK_FALSE(origin_of(url).has_value());
  }
}

TEST_CASE("only this machine is loopback") {
  for (const char* host : {"localhost", "127.0.0.1", "127.255.1.9", "[::1]"}) {
    CAPTURE(host);
    CHECK(is_loopback(host));
  }
  for (const char* host : {"", "127", "127.0.0", "127.0.0.1.2", "127.0.0.256", "128.0.0.1", "127.0.0.x", "127.0.0.",
                           "localhost.example", "[::2]", "0127.0.0.1", "1127.0.0.1"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("a Location is read against the URL it came from") {
  CHECK(resolved("https://a/b/c?d", "/e?f=g") == "https://a/e?f=g");
  CHECK(resolved("https://a/b/c", "https://x:9/y") == "https://x:9/y");
  CHECK(resolved("https://a/b/c", "//x/y") == "https://x/y");
}

TEST_CASE("a URL moves to another scheme, host and port with its path and query") {
  const std::string url = "https://upload.example/upload/v1beta/files?upload_id=Ab-1&upload_protocol=resumable";
  CHECK(moved_to(url, "http://127.0.0.1:5000/ignored") ==
        "http://127.0.0.1:5000/upload/v1beta/files?upload_id=Ab-1&upload_protocol=resumable");
  CHECK(moved_to("http://127.0.0.1:5000/x?y", "https://example.com") == "https://example.com/x?y");
  CHECK_FALSE(moved_to("not a url", "https://example.com").has_value());
}

TEST_CASE("dates of HTTP headers are read to the second") {
  CHECK(parse_date("Sun, 22 Nov 2026 10:15:30 GMT") == parse_rfc3339("2026-11-22T10:15:30Z"));
  CHECK_FALSE(parse_date("soon").has_value());
}
