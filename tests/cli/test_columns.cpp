#include "cli/columns.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace batchctl::cli;

TEST_CASE("letters of East Asia and emoji take two columns, combining marks none") {
  CHECK(columns("abc") == 3);
  CHECK(columns("東京") == 4);
  CHECK(columns("한국어") == 6);
  CHECK(columns("ｗｉｄｅ") == 8);
  CHECK(columns("👍") == 2);
  CHECK(columns("e\xCC\x81") == 1);  // e and a combining acute
  CHECK(columns("é") == 1);
  CHECK(columns("") == 0);
}

TEST_CASE("what is cut fits, and says that it was cut") {
  for (const std::string text : {"questions-of-the-day", "東京東京東京",
                                 "e\xCC\x81"
                                 "e\xCC\x81"
                                 "e\xCC\x81",
                                 "a東b京c"})
    for (std::size_t width = 0; width <= 14; ++width) {
      CAPTURE(text);
      CAPTURE(width);
      const std::string cut = cut_to(text, width);
      CHECK(columns(cut) <= width);
      if (columns(text) <= width)
        CHECK(cut == text);
      else if (width > 0)
        CHECK(cut.back() == '~');
      CHECK(columns(fitted(text, width)) == width);
    }
}
