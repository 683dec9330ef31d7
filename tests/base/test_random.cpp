#include "base/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace batchctl;

TEST_CASE("the same seed gives the same numbers, another seed gives others") {
  Random first(7);
  Random second(7);
  Random other(8);
  int same_as_other = 0;
  for (int i = 0; i < 100; ++i) {
    const double number = first.uniform(0, 1);
    CHECK(number == second.uniform(0, 1));
    if (number == other.uniform(0, 1)) ++same_as_other;
  }
  CHECK(same_as_other < 3);
}

TEST_CASE("a uniform number lies in the half-open range and reaches all of it") {
  Random random(1);
  std::array<int, 10> hits{};
  for (int i = 0; i < 10'000; ++i) {
    const double number = random.uniform(-5, 5);
    REQUIRE(number >= -5);
    REQUIRE(number < 5);
    ++hits[static_cast<std::size_t>(number + 5)];
  }
  for (const int count : hits) CHECK(count > 800);
}

TEST_CASE("the sequence of a seed is the one that std::mt19937_64 promises") {
  // The standard fixes the 10000th number of a default-seeded mt19937_64: 9981545732273789042.
  Random random(std::mt19937_64::default_seed);
  double last = 0;
  for (int i = 0; i < 10'000; ++i) last = random.uniform(0, 1);
  CHECK(last == static_cast<double>(9'981'545'732'273'789'042U >> 11U) * 0x1.0p-53);
}

TEST_CASE("two seeds from the operating system differ") { CHECK(random_seed() != random_seed()); }

TEST_CASE("a random name has the asked length and only letters of a-z2-7") {
  CHECK(random_name(0).empty());
  CHECK(random_name(12).size() == 12);
  CHECK(random_name(5'000).find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
}

TEST_CASE("two random names differ") { CHECK(random_name(12) != random_name(12)); }

TEST_CASE("every letter is as likely as the others in a random name") {
  const std::string name = random_name(32'000);
  std::array<int, 256> counts{};
  for (const char letter : name) ++counts[static_cast<unsigned char>(letter)];
  double chi_square = 0;
  for (const char letter : std::string("abcdefghijklmnopqrstuvwxyz234567")) {
    const double excess = counts[static_cast<unsigned char>(letter)] - 1'000.0;
    chi_square += excess * excess / 1'000.0;
  }
  // 31 degrees of freedom: above 120 less than once in 10^11 runs.
  CHECK(chi_square < 120);
}
