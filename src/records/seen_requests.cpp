#include "records/seen_requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace batchctl {

namespace {

constexpr int kFirstBits = 12;
constexpr std::size_t kBlock = 16;       // slots that are read at once; more than most searches need
constexpr std::size_t kLongRead = 4096;  // slots, while the table grows

}  // namespace

SeenRequests::SeenRequests(std::string path)
    : path_(std::move(path)), file_(make_file()), bits_(kFirstBits), block_(kBlock) {}

void SeenRequests::fail(int reason) const {
  throw Fatal(ExitCode::failed, "disk",
              fmt::format("cannot keep the list of requests in {}: {}", path_, std::strerror(reason)),
              "Make room, or leave --dedupe out.");
}

FileHandle SeenRequests::make_file() const {
  errno = 0;
  FileHandle file(std::fopen(path_.c_str(), "w+b"));
  if (!file) fail(errno);
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  std::remove(path_.c_str());
  return file;
}

/// By the digest's first bits, so that a table grows into its double from front to back.
std::uint64_t SeenRequests::home_of(const Slot& slot) const {
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < 8; ++i) first = first << 8U | slot.digest[i];
  return first >> static_cast<unsigned>(64 - bits_);
}

/// What is behind the file's end was never written: free slots.
std::size_t SeenRequests::read(std::uint64_t first, std::vector<Slot>& slots) {
  const std::uint64_t left = (std::uint64_t{1} << static_cast<unsigned>(bits_)) - first;
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, slots.size()));
  errno = 0;
  if (std::fseek(file_.get(), static_cast<long>(first * sizeof(Slot)), SEEK_SET) != 0) fail(errno);
  const std::size_t bytes = std::fread(static_cast<void*>(slots.data()), 1, wanted * sizeof(Slot), file_.get());
  if (bytes < wanted * sizeof(Slot)) {
    if (std::ferror(file_.get()) != 0) fail(errno);
    std::clearerr(file_.get());
    std::memset(reinterpret_cast<char*>(slots.data()) + bytes, 0, wanted * sizeof(Slot) - bytes);
  }
  return wanted;
}

void SeenRequests::write(std::uint64_t at, const Slot& slot) {
  errno = 0;
  if (std::fseek(file_.get(), static_cast<long>(at * sizeof(Slot)), SEEK_SET) != 0) fail(errno);
  if (std::fwrite(static_cast<const void*>(&slot), sizeof(Slot), 1, file_.get()) != 1) fail(errno);
}

std::optional<std::int64_t> SeenRequests::put(const Slot& slot) {
  const std::uint64_t size = std::uint64_t{1} << static_cast<unsigned>(bits_);
  for (std::uint64_t at = home_of(slot);;) {
    const std::size_t got = read(at, block_);
    for (std::size_t i = 0; i < got; ++i) {
      if (block_[i].record_plus_one == 0) {
        write(at + i, slot);
        return std::nullopt;
      }
      if (block_[i].digest == slot.digest) return block_[i].record_plus_one - 1;
    }
    at = (at + got) % size;
  }
}

void SeenRequests::grow() {
  const std::uint64_t size = std::uint64_t{1} << static_cast<unsigned>(bits_);
  FileHandle old = std::exchange(file_, make_file());
  std::vector<Slot> slots(kLongRead);
  for (std::uint64_t first = 0; first < size;) {
    std::swap(old, file_);
    const std::size_t got = read(first, slots);
    std::swap(old, file_);
    ++bits_;
    for (std::size_t i = 0; i < got; ++i)
      if (slots[i].record_plus_one != 0) put(slots[i]);
    --bits_;
    first += got;
  }
  ++bits_;
}

std::optional<std::int64_t> SeenRequests::first_with(std::string_view request, std::int64_t record) {
  Sha256 hash;
  hash.update(request);
  const auto digest = hash.digest();
  Slot slot;
  std::copy_n(digest.begin(), slot.digest.size(), slot.digest.begin());
  slot.record_plus_one = record + 1;
  const std::optional<std::int64_t> first = put(slot);
  if (first) return first;
  // Above three quarters the searches become long.
  if (++used_ * 4 > (std::uint64_t{3} << static_cast<unsigned>(bits_))) grow();
  return std::nullopt;
}

}  // namespace batchctl
