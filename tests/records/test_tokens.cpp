#include "records/tokens.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace batchctl;

TEST_CASE("tokens are estimated by the kind of letters and rounded up") {
  CHECK(estimate_tokens("") == 0);
  CHECK(estimate_tokens("a") == 1);
  CHECK(estimate_tokens("abcd") == 1);
  CHECK(estimate_tokens("abcde") == 2);
  CHECK(estimate_tokens(std::string(400, 'x')) == 100);
  CHECK(estimate_tokens("漢字漢") == 2);     // 1.5 characters a token
  CHECK(estimate_tokens("приветмир") == 5);  // 2
  CHECK(estimate_tokens("\xf0\x9f\x98\x80") == 2);
}
