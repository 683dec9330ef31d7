// A stream of bytes to be read once, from front to back.
#pragma once

#include <cstddef>
#include <span>

namespace batchctl {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills the front of `buffer`; the number of bytes put there, 0 at the end. Throws Fatal when the source cannot be
  /// read or is no longer what it was.
  virtual std::size_t read(std::span<char> buffer) = 0;
};

}  // namespace batchctl
