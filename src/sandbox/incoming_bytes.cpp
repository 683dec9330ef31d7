#include "sandbox/incoming_bytes.hpp"

#include "sandbox/files.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kGathered = 1048576;
static_assert(kGathered % kUploadGranularity == 0, "a cut takes back only what has not been written");

}  // namespace

IncomingBytes::IncomingBytes(OpenFile& file, std::uint64_t offset, std::uint64_t end_max, Sha256* hash)
    : file_(file), offset_(offset), end_(offset), end_max_(end_max), hash_(hash) {
  gathered_.reserve(kGathered);
}

void IncomingBytes::take(std::string_view bytes) {
  received_ += bytes.size();
  too_many_ = too_many_ || offset_ + received_ > end_max_;
  while (!bytes.empty() && !too_many_) {
    const std::string_view piece = bytes.substr(0, kGathered - gathered_.size());
    gathered_ += piece;
    bytes.remove_prefix(piece.size());
    if (gathered_.size() == kGathered) write(kGathered);
  }
}

void IncomingBytes::cut() { write(gathered_.size() - gathered_.size() % kUploadGranularity); }

void IncomingBytes::write(std::size_t length) {
  const std::string_view bytes = std::string_view(gathered_).substr(0, length);
  file_.write_at(end_, bytes);
  if (hash_ != nullptr) hash_->update(bytes);
  end_ += length;
  gathered_.clear();
}

}  // namespace batchctl::sandbox
