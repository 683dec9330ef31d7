#include "records/background_sha256.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.hpp"

using namespace batchctl;

TEST_CASE("the hash is that of all bytes in order, small streams and long ones, in pieces of any size") {
  for (const std::size_t first : {std::size_t{0}, std::size_t{5}, std::size_t{1} << 20U}) {
    CAPTURE(first);
    Sha256Workers workers;
    BackgroundSha256 hash(workers);
    std::string all;
    for (std::size_t i = 0; i < 30; ++i) {
      const std::string piece(i == 0 ? first : i * 40'001 % 1'500'000, static_cast<char>('a' + i % 26));
      hash.update(piece);
      all += piece;
    }
    CHECK(hash.hex() == sha256_hex(all));
  }
}

TEST_CASE("the hash of nothing is known, and a stream may be given up in the middle") {
  Sha256Workers workers;
  CHECK(BackgroundSha256(workers).hex() == sha256_hex(""));
  BackgroundSha256 given_up(workers);
  for (int i = 0; i < 10; ++i) given_up.update(std::string(2'000'000, 'x'));
}

TEST_CASE("streams one after another each have their own hash, told in order") {
  Sha256Workers workers;
  BackgroundSha256 hash(workers);
  std::vector<std::string> expected, told;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string stream(i % 7 == 0 ? 0 : i * 7'919 % 90'000, static_cast<char>('a' + i % 26));
    expected.push_back(sha256_hex(stream));
    hash.update(std::string_view(stream).substr(0, stream.size() / 3));
    hash.update(std::string_view(stream).substr(stream.size() / 3));
    hash.end();
    while (auto one = hash.next(i % 50 == 0 ? BackgroundSha256::Wait::yes : BackgroundSha256::Wait::no))
      told.push_back(*std::move(one));
  }
  while (auto one = hash.next(BackgroundSha256::Wait::yes)) told.push_back(*std::move(one));
  CHECK(told == expected);
  CHECK_FALSE(hash.next(BackgroundSha256::Wait::yes));
}

TEST_CASE("streams at once share the threads and keep their hashes") {
  Sha256Workers workers;
  BackgroundSha256 one(workers), many(workers);
  std::string all;
  std::vector<std::string> expected, told;
  for (std::size_t i = 0; i < 60; ++i) {
    const std::string stream(i * 104'729 % 900'000, static_cast<char>('a' + i % 26));
    one.update(stream);
    many.update(stream);
    many.end();
    all += stream;
    expected.push_back(sha256_hex(stream));
    while (auto hash = many.next(BackgroundSha256::Wait::no)) told.push_back(*std::move(hash));
  }
  CHECK(one.hex() == sha256_hex(all));
  while (auto hash = many.next(BackgroundSha256::Wait::yes)) told.push_back(*std::move(hash));
  CHECK(told == expected);
}
