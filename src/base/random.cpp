#include "base/random.hpp"

#include <cstddef>
#include <string_view>

namespace batchctl {

namespace {

// The low bits of a draw are as good as all of it only when the draw covers 32 bits evenly.
static_assert(std::random_device::min() == 0 && std::random_device::max() == 0xFFFF'FFFFU);

// libstdc++'s default source is the processor's own instruction; this one is getrandom(2), the operating system's.
constexpr const char* kSource = "getentropy";

}  // namespace

std::uint64_t random_seed() {
  std::random_device device(kSource);
  const std::uint64_t high = device();
  const std::uint64_t low = device();
  return (high << 32U) | low;
}

std::string random_name(std::size_t length) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  static_assert(kLetters.size() == 32, "five bits pick a letter without bias");
  std::random_device device(kSource);
  std::string name(length, '\0');
  for (char& letter : name) letter = kLetters[device() & 31U];
  return name;
}

}  // namespace batchctl
