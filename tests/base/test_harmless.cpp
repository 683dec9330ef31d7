#include "base/harmless.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"

using namespace batchctl;

TEST_CASE("nothing that a terminal obeys is left in what is shown") {
  const std::string hostile[] = {"\x1b[2J",
                                 "\x1b]0;title\x07",
                                 "\x08\x08gone",
                                 "\r overwritten",
                                 "\xC2\x9B"
                                 "31m",
                                 "\x7F",
                                 "\xE2\x80\xAE"
                                 "gnp.exe",
                                 "\xE2\x81\xA6x\xE2\x81\xA9",
                                 "\xD8\x9C",
                                 "\xE2\x80\x8E",
                                 "\xE2\x80\xA8",
                                 "\xEF\xBB\xBF",
                                 std::string("a\0b", 3)};
  for (const std::string& words : hostile) {
    CAPTURE(words);
    for (const std::string& shown : {harmless(words), one_line(words)}) {
      for (const char* obeyed : {"\x1b", "\x07", "\x08", "\r", "\xC2\x9B", "\x7F", "\xE2\x80\xAE", "\xE2\x81\xA6",
                                 "\xE2\x81\xA9", "\xD8\x9C", "\xE2\x80\x8E", "\xE2\x80\xA8", "\xEF\xBB\xBF"})
        CHECK(shown.find(obeyed) == std::string::npos);
      CHECK(shown.find('\0') == std::string::npos);
    }
  }
}

TEST_CASE("letters, lines and tabs of an honest text come through") {
  CHECK(harmless("Straße 東京 👍\nsecond\tline\n") == "Straße 東京 👍\nsecond line\n");
  CHECK(harmless("not UTF-8: \xFF.") == "not UTF-8: \xEF\xBF\xBD.");
  CHECK(harmless("\x1b[1m") == "\xEF\xBF\xBD[1m");
}

TEST_CASE("a JSON text keeps its meaning and shows no mark of direction") {
  CHECK(harmless_json("{\"a\":\"\xE2\x80\xAE"
                      "x\xC2\x9By\"}\n") == "{\"a\":\"\\u202ex\\u009by\"}\n");
  CHECK(harmless_json(R"({"a":"é"})") == R"({"a":"é"})");
}
