// Which record had the same request first: a hash table in a file, so that memory does not grow with the records.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records/line_reader.hpp"

namespace batchctl {

class SeenRequests {
 public:
  /// Makes the file `path`, whose directory exists, and takes its name away at once: it is gone with this object, also
  /// when the process is killed. It takes at most 64 bytes a different request, 96 while it grows.
  explicit SeenRequests(std::string path);

  /// The record that was given these bytes first; nullopt: none, and `record` is remembered as the first. Requests are
  /// the same when the first 128 bits of their SHA-256 are. Throws Fatal{failed, "disk"}.
  std::optional<std::int64_t> first_with(std::string_view request, std::int64_t record);

 private:
  struct Slot {
    std::array<std::uint8_t, 16> digest{};
    std::int64_t record_plus_one = 0;  // 0: the slot is free
  };
  static_assert(sizeof(Slot) == 24);

  FileHandle make_file() const;
  std::optional<std::int64_t> put(const Slot& slot);
  std::uint64_t home_of(const Slot& slot) const;
  std::size_t read(std::uint64_t first, std::vector<Slot>& slots);
  void write(std::uint64_t at, const Slot& slot);
  void grow();
  [[noreturn]] void fail(int reason) const;

  std::string path_;
  FileHandle file_;
  int bits_;  // of the number of slots
  std::uint64_t used_ = 0;
  std::vector<Slot> block_;
};

}  // namespace batchctl
