#include "base/sha256.hpp"

#include <openssl/evp.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl {

namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

void must(bool worked) {
  if (!worked) throw Fatal(ExitCode::failed, "sha256", "OpenSSL could not compute a SHA-256 hash");
}

}  // namespace

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  must(state_->context != nullptr);
  must(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  if (!state_) throw Bug("bytes for a SHA-256 hash that has ended");
  must(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::array<unsigned char, 32> Sha256::digest() {
  if (!state_) throw Bug("a SHA-256 hash asked for twice");
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  must(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size) == 1 && size == digest.size());
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
