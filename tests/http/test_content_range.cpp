#include "http/content_range.hpp"

#include <doctest/doctest.h>

using namespace batchctl::http;

TEST_CASE("a content range is read with its total and without") {
  CHECK(parse_content_range("bytes 5-9/20") == ContentRange{5, 9, 20});
  CHECK(parse_content_range("Bytes 0-0/1") == ContentRange{0, 0, 1});
  CHECK(parse_content_range("bytes 5-9/*") == ContentRange{5, 9, std::nullopt});
}

TEST_CASE("what is no part of a whole is no content range") {
  for (const char* text :
       {"", "bytes", "bytes ", "bytes */20", "items 5-9/20", "bytes 5-9", "bytes 9-5/20", "bytes 5-20/20",
        "bytes -9/20", "bytes 5-/20", "bytes 5-9/", "bytes 5-9/x", "bytes +5-9/20", "bytes 5-9/99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_content_range(text).has_value());
  }
}
