#include "base/sha256.hpp"

#include <nettle/sha2.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl {

struct Sha256::State {
  sha256_ctx context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { sha256_init(&state_->context); }

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  if (!state_) throw Bug("bytes for a SHA-256 hash that has ended");
  sha256_update(&state_->context, bytes.size(), reinterpret_cast<const unsigned char*>(bytes.data()));
}

std::array<unsigned char, 32> Sha256::digest() {
  if (!state_) throw Bug("a SHA-256 hash asked for twice");
  std::array<unsigned char, 32> digest{};
  sha256_digest(&state_->context, digest.size(), digest.data());
  state_.reset();
  return digest;
}

std::string Sha256::hex() { return to_hex(digest()); }

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

}  // namespace batchctl
