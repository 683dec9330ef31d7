#include "base/sha256.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "base/error.hpp"

using namespace batchctl;

namespace {

const std::string kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string kAbcHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

TEST_CASE("SHA-256 agrees with the vectors of FIPS 180") {
  CHECK(sha256_hex("") == kEmptyHash);
  CHECK(sha256_hex("abc") == kAbcHash);
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a hash does not depend on how its bytes are cut into pieces") {
  std::string bytes;
  for (int i = 0; i < 1'000; ++i) bytes += static_cast<char>(static_cast<unsigned char>(i % 256));
  const std::string whole = sha256_hex(bytes);
  for (const std::size_t step : {1U, 7U, 63U, 64U, 65U, 999U, 1000U}) {
    CAPTURE(step);
    Sha256 hash;
    for (std::size_t from = 0; from < bytes.size(); from += step) {
      hash.update(std::string_view(bytes).substr(from, step));
      hash.update("");
      hash.update({});
    }
    CHECK(hash.hex() == whole);
  }
}

TEST_CASE("a hash without bytes is the hash of nothing") { CHECK(Sha256().hex() == kEmptyHash); }

TEST_CASE("a hash in progress can be moved") {
  Sha256 first;
  first.update("a");
  Sha256 second(std::move(first));
  second.update("b");
  Sha256 third;
  third.update("something else");
  third = std::move(second);
  third.update("c");
  CHECK(third.hex() == kAbcHash);
}

TEST_CASE("a hash that has ended takes no bytes and tells nothing again") {
  Sha256 hash;
  hash.update("abc");
  CHECK(hash.hex() == kAbcHash);
  CHECK_THROWS_AS(hash.hex(), Bug);
  CHECK_THROWS_AS(hash.update("d"), Bug);
}
