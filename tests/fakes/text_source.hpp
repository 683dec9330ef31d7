// A source whose bytes are in memory.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "base/byte_source.hpp"

namespace batchctl::fakes {

/// Gives at most `step` bytes a read.
class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string text, std::size_t step = std::string::npos) : text_(std::move(text)), step_(step) {}
  std::size_t read(std::span<char> buffer) override {
    const std::size_t bytes = std::min({buffer.size(), step_, text_.size() - at_});
    std::copy_n(text_.data() + at_, bytes, buffer.data());
    at_ += bytes;
    return bytes;
  }

 private:
  std::string text_;
  std::size_t step_;
  std::size_t at_ = 0;
};

}  // namespace batchctl::fakes
