#include "base/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

using namespace batchctl;

namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

const std::vector<unsigned char> kEveryByte = [] {
  std::vector<unsigned char> bytes;
  for (unsigned value = 0; value < 256; ++value) bytes.push_back(static_cast<unsigned char>(value));
  return bytes;
}();

std::vector<unsigned char> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("a size is read in bytes, in thousands and in 1024s") {
  CHECK(parse_size("0") == 0U);
  CHECK(parse_size("1048576") == 1'048'576U);
  CHECK(parse_size("512B") == 512U);
  CHECK(parse_size("512k") == 512'000U);
  CHECK(parse_size("512kB") == 512'000U);
  CHECK(parse_size("512K") == 512'000U);
  CHECK(parse_size("512KB") == 512'000U);
  CHECK(parse_size("512KiB") == 524'288U);
  CHECK(parse_size("512kiB") == 524'288U);
  CHECK(parse_size("8MiB") == 8'388'608U);
  CHECK(parse_size("2GB") == 2'000'000'000U);
  CHECK(parse_size("2gib") == 2'147'483'648U);
  CHECK(parse_size("3T") == 3'000'000'000'000U);
  CHECK(parse_size("1PiB") == 1'125'899'906'842'624U);
}

TEST_CASE("text that is not a size is refused") {
  for (const char* text : {"",    "B",  "MiB", "-1",  "+1",    "-1k", " 1",   "1 ",  "1 MiB", "1.5MiB", "1,000",
                           "1Mi", "1i", "1iB", "1KK", "1kbit", "1x",  "0x10", "1e6", "1BB",   "1Bk",    "1M1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text).has_value());
  }
}

TEST_CASE("a size that does not fit into 64 bits is refused, the largest one that fits is not") {
  CHECK(parse_size("18446744073709551615") == kLargest);
  CHECK_FALSE(parse_size("18446744073709551616").has_value());
  CHECK(parse_size("15EiB") == 15ULL << 60U);
  CHECK_FALSE(parse_size("16EiB").has_value());
  CHECK(parse_size("18446744073709551k") == 18'446'744'073'709'551'000U);
  CHECK_FALSE(parse_size("18446744073709552k").has_value());
  CHECK_FALSE(parse_size("18446744073709551615EiB").has_value());
  CHECK(parse_size("0EiB") == 0U);
}

TEST_CASE("a size is spelled with one decimal from a KiB on") {
  CHECK(spell_size(0) == "0 B");
  CHECK(spell_size(1023) == "1023 B");
  CHECK(spell_size(1024) == "1.0 KiB");
  CHECK(spell_size(1536) == "1.5 KiB");
  CHECK(spell_size(6'186'598) == "5.9 MiB");
  CHECK(spell_size(2ULL << 30U) == "2.0 GiB");
  CHECK(spell_size(kLargest) == "16.0 EiB");
}

TEST_CASE("a size is never spelled as 1024.0 of a unit") {
  CHECK(spell_size((1U << 20U) - 1U) == "1.0 MiB");
  CHECK(spell_size((1U << 30U) - 1U) == "1.0 GiB");
  CHECK(spell_size(1023U * 1024U + 900U) == "1023.9 KiB");
}

TEST_CASE("a count has a comma before every third digit from the right") {
  CHECK(spell_count(0) == "0");
  CHECK(spell_count(999) == "999");
  CHECK(spell_count(1000) == "1,000");
  CHECK(spell_count(15'400) == "15,400");
  CHECK(spell_count(123'456) == "123,456");
  CHECK(spell_count(1'234'567) == "1,234,567");
  CHECK(spell_count(kLargest) == "18,446,744,073,709,551,615");
}

TEST_CASE("hex is two lower-case digits a byte") {
  CHECK(to_hex({}).empty());
  CHECK(to_hex(std::array<unsigned char, 4>{0x00, 0x0F, 0xA0, 0xFF}) == "000fa0ff");
}

TEST_CASE("base64 and base32 agree with the vectors of RFC 4648, section 10") {
  struct Vector {
    std::string plain;
    std::string base64;
    std::string base32;
  };
  const std::vector<Vector> vectors{{"", "", ""},
                                    {"f", "Zg==", "my"},
                                    {"fo", "Zm8=", "mzxq"},
                                    {"foo", "Zm9v", "mzxw6"},
                                    {"foob", "Zm9vYg==", "mzxw6yq"},
                                    {"fooba", "Zm9vYmE=", "mzxw6ytb"},
                                    {"foobar", "Zm9vYmFy", "mzxw6ytboi"}};
  for (const Vector& vector : vectors) {
    CAPTURE(vector.plain);
    CHECK(to_base64(vector.plain) == vector.base64);
    CHECK(from_base64(vector.base64) == vector.plain);
    CHECK(to_base32(bytes_of(vector.plain)) == vector.base32);
  }
}

TEST_CASE("base64 is read without padding too") {
  CHECK(from_base64("Zg") == "f");
  CHECK(from_base64("Zm8") == "fo");
  CHECK(from_base64("Zm9vYg") == "foob");
}

TEST_CASE("every byte survives base64, with and without padding") {
  const std::string all(kEveryByte.begin(), kEveryByte.end());
  for (std::size_t size = 0; size <= all.size(); ++size) {
    CAPTURE(size);
    const std::string plain = all.substr(all.size() - size);
    std::string text = to_base64(plain);
    CHECK(from_base64(text) == plain);
    while (text.ends_with('=')) text.pop_back();
    CHECK(from_base64(text) == plain);
  }
}

TEST_CASE("text that is not base64 is refused") {
  for (const char* text :
       {"=",        "==",   "====", "Z",      "Z===",  "Zg=",   "Zg===", "Zm8==", "Zm9v=", "Zm9v==",  "Zm9vY",
        "Zg==Zg==", "Z=g=", "=Zg=", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9-",  "Zm9_",  "Zm9.",  "Zm9\x80", "Zm9\xC3\xA9"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text).has_value());
  }
  CHECK_FALSE(from_base64(std::string_view("Zm9\0", 4)).has_value());
}

TEST_CASE("base64 whose unused bits are not zero is refused") {
  CHECK_FALSE(from_base64("Zh==").has_value());
  CHECK_FALSE(from_base64("Zm9").has_value());
  CHECK(from_base64("Zm8").has_value());
}

TEST_CASE("base32 uses each of its 32 letters and five bits a letter") {
  const std::string text = to_base32(kEveryByte);
  CHECK(text.size() == (256 * 8 + 4) / 5);
  for (const char letter : std::string("abcdefghijklmnopqrstuvwxyz234567")) {
    CAPTURE(letter);
    CHECK(text.find(letter) != std::string::npos);
  }
  CHECK(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
}

TEST_CASE("trimming takes blanks from both ends and none from the middle") {
  CHECK(trimmed(" \t\r\n a b \v\f") == "a b");
  CHECK(trimmed("a") == "a");
  CHECK(trimmed("").empty());
  CHECK(trimmed(" \n\t ").empty());
}

TEST_CASE("one line of text that fits is left as it is") {
  CHECK(one_line("").empty());
  CHECK(one_line("hello") == "hello");
  CHECK(one_line("hello", 5) == "hello");
  CHECK(one_line("h\u00E9llo \u20AC \U0001F600") == "h\u00E9llo \u20AC \U0001F600");
  CHECK(one_line(std::string(400, 'x')) == std::string(400, 'x'));
}

TEST_CASE("control bytes become spaces in one line") {
  CHECK(one_line("a\r\nb\tc\x7F") == "a  b c ");
  CHECK(one_line("a\x1B[31mb") == "a [31mb");
  CHECK(one_line(std::string_view("a\0b", 3)) == "a b");
  CHECK(one_line("a\xC2\x9B"
                 "31mb") == "a  31mb");
  CHECK(one_line("a\u00A0b") == "a\u00A0b");
}

TEST_CASE("one line is cut with an ellipsis inside of the limit") {
  CHECK(one_line("hello world", 8) == "hello\u2026");
  CHECK(one_line("hello", 4) == "h\u2026");
  CHECK(one_line("hello", 3) == "\u2026");
  CHECK(one_line(std::string(401, 'x')) == std::string(397, 'x') + "\u2026");
}

TEST_CASE("a limit without room for the ellipsis leaves nothing of a text that must be cut") {
  CHECK(one_line("hello", 2).empty());
  CHECK(one_line("hello", 0).empty());
  CHECK(one_line("he", 2) == "he");
}

TEST_CASE("one line is cut at a UTF-8 border") {
  const std::string text = "a\u00E9\u20AC\U0001F600z\u00E9\u20AC\U0001F600";
  const std::vector<std::size_t> borders{0, 1, 3, 6, 10, 11, 13, 16, 20};
  for (std::size_t limit = 3; limit < text.size(); ++limit) {
    CAPTURE(limit);
    std::size_t border = 0;
    for (const std::size_t candidate : borders) {
      if (candidate + 3 <= limit) border = candidate;
    }
    CHECK(one_line(text, limit) == text.substr(0, border) + "\u2026");
  }
  CHECK(one_line(text, text.size()) == text);
}

TEST_CASE("bytes that are not UTF-8 become question marks in one line") {
  CHECK(one_line("a\xFFz") == "a?z");
  CHECK(one_line("a\x80\x80z") == "a??z");
  CHECK(one_line("\xE2\x82") == "??");            // cut short
  CHECK(one_line("\xC0\xAF") == "??");            // overlong
  CHECK(one_line("\xE0\x80\xAF") == "???");       // overlong
  CHECK(one_line("\xED\xA0\x80") == "???");       // surrogate
  CHECK(one_line("\xF4\x90\x80\x80") == "????");  // above U+10FFFF
  CHECK(one_line("\xF5\x80\x80\x80") == "????");
  CHECK(one_line("\xE2z\u20AC") == "?z\u20AC");
  CHECK(one_line(std::string(500, '\x80')) == std::string(397, '?') + "\u2026");
}
