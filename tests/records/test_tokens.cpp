#include "records/tokens.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace batchctl;

namespace {

/// The same by the letter, for a text of whole characters.
std::int64_t one_by_one(const std::string& text) {
  std::int64_t sixtieths = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == ' ')
      sixtieths += 13;
    else if (byte >= '0' && byte <= '9')
      sixtieths += 60;
    else if (byte < 0x20)
      sixtieths += 15;
    else if (byte < 0x80)
      sixtieths += 40;
    else if (byte >= 0xc0)
      sixtieths += byte < 0xe0 ? 30 : byte < 0xf0 ? 40 : 120;
  }
  return (sixtieths + 59) / 60;
}

}  // namespace

TEST_CASE("tokens are estimated by the kind of letters and rounded up") {
  CHECK(estimate_tokens("") == 0);
  CHECK(estimate_tokens("a") == 1);
  CHECK(estimate_tokens("abcd") == 1);
  CHECK(estimate_tokens("abcde") == 2);
  CHECK(estimate_tokens(std::string(600, 'x')) == 130);
  CHECK(estimate_tokens("1987") == 4);
  CHECK(estimate_tokens("{[()]}") == 4);
  CHECK(estimate_tokens("漢字漢") == 2);     // 1.5 characters a token
  CHECK(estimate_tokens("приветмир") == 5);  // 2
  CHECK(estimate_tokens("\xf0\x9f\x98\x80") == 2);
}

TEST_CASE("prose weighs about four characters a token, code and figures more") {
  const std::string prose =
      "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun for a while.";
  const double each = static_cast<double>(prose.size()) / static_cast<double>(estimate_tokens(prose));
  CHECK(each > 3.7);
  CHECK(each < 4.7);
  const std::string code = "for (i = 0; i < n; ++i) { a[i] += b[i] * 0x1f; }";
  CHECK(static_cast<double>(code.size()) / static_cast<double>(estimate_tokens(code)) < 3);
}

TEST_CASE("whatever stands where, the sum is that of the letters one by one") {
  std::mt19937 random(20261126);  // the same sequence everywhere
  const std::string pieces[] = {
      "a", "Z", " ", "`", "{", "@", "[", "/", ":", "0", "9", "\n", "\x7f", "é", "я", "漢", "\xf0\x9f\x98\x80"};
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const auto length = random() % (round % 10 == 0 ? 6000 : 60);
    const bool ascii_mostly = round % 3 != 0;
    for (std::size_t i = 0; i < length; ++i) text += pieces[random() % (ascii_mostly && i % 40 != 0 ? 13 : 17)];
    CAPTURE(text);
    CHECK(estimate_tokens(text) == one_by_one(text));
  }
}
