#include "sandbox/related_parts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace batchctl::sandbox {
namespace {

struct Seen {
  std::vector<std::string> types, contents;
  bool is_complete = false;
};

Seen seen(const std::string& body, std::size_t piece, const std::string& boundary = "B") {
  Seen all;
  RelatedParts parts(boundary, {[&](const std::string& type) {
                                  all.types.push_back(type);
                                  all.contents.emplace_back();
                                },
                                [&](std::string_view bytes) { all.contents.back() += bytes; }});
  for (std::size_t at = 0; at < body.size(); at += piece) parts.take(std::string_view(body).substr(at, piece));
  all.is_complete = parts.is_complete();
  return all;
}

}  // namespace

TEST_CASE("a multipart body is the same parts in whatever pieces it comes") {
  const std::string body =
      "preamble\r\n--B\r\nContent-Type: application/json\r\nX-Other: 1\r\n\r\n{\"a\":\r\n1}\r\n--B  \r\ncontent-type : "
      "text/plain\r\n\r\nline\r\n--\r\n--A\r\n-\r\r\n\r\n--B--\r\nepilogue --B";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    CAPTURE(piece);
    const Seen all = seen(body, piece);
    CHECK(all.types == std::vector<std::string>{"application/json", "text/plain"});
    CHECK(all.contents == std::vector<std::string>{"{\"a\":\r\n1}", "line\r\n--\r\n--A\r\n-\r\r\n"});
    CHECK(all.is_complete);
  }
}

TEST_CASE("parts may be empty and without headers, and the first boundary may begin the body") {
  const Seen all = seen("--B\r\n\r\nx\r\n--B\r\n\r\n\r\n--B--", 3);
  CHECK(all.types == std::vector<std::string>{"", ""});
  CHECK(all.contents == std::vector<std::string>{"x", ""});
  CHECK(all.is_complete);
}

TEST_CASE("a body without its closing boundary, or with headers without end, is not complete") {
  CHECK_FALSE(seen("--B\r\n\r\nx\r\n--B\r\n\r\nrest", 5).is_complete);
  CHECK_FALSE(seen("--B\r\n" + std::string(100000, 'h') + "\r\n\r\nx\r\n--B--", 4096).is_complete);
  CHECK_FALSE(seen("", 1).is_complete);
}

TEST_CASE("a boundary is read from a content type, quoted or not") {
  CHECK(boundary_of("multipart/related; boundary=abc") == "abc");
  CHECK(boundary_of("multipart/related; Boundary=\"a b;c\"; type=x") == "a b;c");
  CHECK(boundary_of("multipart/related; boundary=abc ; charset=x") == "abc");
  CHECK(boundary_of("multipart/related") == "");
}

}  // namespace batchctl::sandbox
