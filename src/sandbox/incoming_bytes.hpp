// The bytes of an upload on their way to its file: gathered, then written and hashed in large pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.hpp"
#include "sandbox/open_file.hpp"

namespace batchctl::sandbox {

class IncomingBytes {
 public:
  /// Puts the bytes at `offset` of `file` and takes no more than up to `end_max`. `hash`, which may be nullptr, gets
  /// every byte that is kept.
  IncomingBytes(OpenFile& file, std::uint64_t offset, std::uint64_t end_max, Sha256* hash);

  void take(std::string_view bytes);
  /// To be called after the last byte: keeps all of them.
  void finish() { write(gathered_.size()); }
  /// To be called when the connection broke: keeps whole units of the granularity, counted from the offset.
  void cut();

  std::uint64_t received_bytes() const { return received_; }  // also those that are not kept
  std::uint64_t end() const { return end_; }                  // of what is in the file
  bool are_too_many() const { return too_many_; }

 private:
  void write(std::size_t length);

  OpenFile& file_;
  std::uint64_t offset_;
  std::uint64_t end_;
  std::uint64_t end_max_;
  std::uint64_t received_ = 0;
  Sha256* hash_;
  bool too_many_ = false;
  std::string gathered_;
};

}  // namespace batchctl::sandbox
