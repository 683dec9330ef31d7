// What the fuzzer's bytes are taken for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "records/row_writer.hpp"

namespace batchctl::fuzz {

/// A property does not hold: the fuzzer keeps the bytes.
inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : rest_(reinterpret_cast<const char*>(bytes), size) {}

  /// A number below `n`, from the first byte.
  std::size_t choice(std::size_t n) {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte % n;
  }
  /// All up to a zero byte.
  std::string_view word() {
    const std::string_view word = rest_.substr(0, rest_.find('\0'));
    rest_.remove_prefix(std::min(rest_.size(), word.size() + 1));
    return word;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// The text with 64 readable bytes behind it, as the parsers of lines want it.
class Padded {
 public:
  explicit Padded(std::string_view text) : size_(text.size()), bytes_(std::string(text) + std::string(64, ' ')) {}
  std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  std::size_t size_;
  std::string bytes_;
};

/// What a converter makes of bytes that come in pieces of `piece`; `refused` when it threw. `make` takes a ByteSink.
struct Converted {
  bool refused = false;
  std::string rows;
  bool operator==(const Converted&) const = default;
};

}  // namespace batchctl::fuzz
