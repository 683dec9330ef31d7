#include "sandbox/incoming_bytes.hpp"

#include <doctest/doctest.h>

#include "base/sha256.hpp"
#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::uint64_t kUnit = 262144;
constexpr std::uint64_t kOffset = 100;

struct Incoming {
  ScratchDirectory home;
  OpenFile file{home.path() + "/bytes", OpenFile::Mode::read_write};
  Sha256 hash;

  std::string content() const {
    std::string bytes(file.size_bytes(), '\0');
    bytes.resize(file.read_at(0, bytes.data(), bytes.size()));
    return bytes;
  }
};

std::string some_bytes(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>('a' + i % 23);
  return bytes;
}

}  // namespace

TEST_CASE("bytes in pieces of any length are all in the file and in the hash") {
  Incoming to;
  const std::string before(kOffset, '-'), bytes = some_bytes(5 * kUnit + 17);
  to.file.write_at(0, before);
  IncomingBytes incoming(to.file, kOffset, kOffset + bytes.size(), &to.hash);
  for (std::size_t at = 0, length = 1; at < bytes.size(); at += length, length = length * 3 + 1) {
    incoming.take(std::string_view(bytes).substr(at, length));
  }
  incoming.finish();
  CHECK(incoming.end() == kOffset + bytes.size());
  CHECK_FALSE(incoming.are_too_many());
  CHECK(to.content() == before + bytes);
  CHECK(to.hash.hex() == sha256_hex(bytes));
}

TEST_CASE("of cut bytes whole units from the offset on stay, in the file and in the hash") {
  const std::string bytes = some_bytes(6 * kUnit);
  for (const std::size_t got : {std::size_t{0}, std::size_t{1}, std::size_t{kUnit}, std::size_t{4 * kUnit},
                                std::size_t{4 * kUnit + 1}, std::size_t{5 * kUnit + 5}}) {
    CAPTURE(got);
    Incoming to;
    IncomingBytes incoming(to.file, 0, bytes.size(), &to.hash);
    incoming.take(std::string_view(bytes).substr(0, got));
    incoming.cut();
    const std::string kept = bytes.substr(0, got - got % kUnit);
    CHECK(incoming.received_bytes() == got);
    CHECK(incoming.end() == kept.size());
    CHECK(to.content() == kept);
    CHECK(to.hash.hex() == sha256_hex(kept));
  }
}

TEST_CASE("bytes past the end that was given are seen") {
  Incoming to;
  IncomingBytes incoming(to.file, 0, 10, nullptr);
  incoming.take("0123456789");
  CHECK_FALSE(incoming.are_too_many());
  incoming.take("x");
  CHECK(incoming.are_too_many());
  CHECK(incoming.received_bytes() == 11);
}

}  // namespace batchctl::sandbox
