// SHA-256 of a stream of bytes. By nettle: as fast as OpenSSL's, and loading that library takes longer than most of
// what is hashed.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace batchctl {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  /// Ends this hash: only one call of either, no `update` after it (Bug). As hex: 64 lower-case characters.
  std::array<unsigned char, 32> digest();
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace batchctl
