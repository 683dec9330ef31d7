#include "records/repeated_outcomes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kBlock = 256;  // entries; memory holds one number of each block

}  // namespace

void RepeatedOutcomes::fail(int reason) const {
  throw Fatal(ExitCode::failed, "disk",
              fmt::format("cannot keep the outcomes of repeated records in {}: {}", path_, std::strerror(reason)),
              "Make room and download again.");
}

void RepeatedOutcomes::keep(const IndexedLine& line, const OutcomePlace& place) {
  if (line.record <= last_record_) throw Bug("outcomes of repeated records are out of order");
  last_record_ = line.record;
  const auto [known, is_new] = places_.try_emplace(place, static_cast<std::uint32_t>(place_by_number_.size()));
  if (is_new) place_by_number_.push_back(&known->first);
  waiting_.push_back({line.record, line.offset, line.bytes, known->second, static_cast<std::uint32_t>(line.status)});
  if (waiting_.size() == kBlock) write();
}

void RepeatedOutcomes::write() {
  errno = 0;
  if (!file_) {
    file_.reset(std::fopen(path_.c_str(), "w+b"));
    if (!file_) fail(errno);
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
    std::remove(path_.c_str());
  }
  const std::size_t at = first_in_block_.size() * kBlock * sizeof(Entry);
  if (std::fseek(file_.get(), static_cast<long>(at), SEEK_SET) != 0 ||
      std::fwrite(waiting_.data(), sizeof(Entry), kBlock, file_.get()) != kBlock)
    fail(errno);
  first_in_block_.push_back(waiting_.front().record);
  waiting_.clear();
}

void RepeatedOutcomes::read_block(std::size_t block) {
  if (block_read_ == block + 1) return;
  block_read_ = 0;
  block_.resize(kBlock);
  errno = 0;
  if (std::fseek(file_.get(), static_cast<long>(block * kBlock * sizeof(Entry)), SEEK_SET) != 0 ||
      std::fread(block_.data(), sizeof(Entry), kBlock, file_.get()) != kBlock)
    fail(errno);
  block_read_ = block + 1;
}

std::optional<RepeatedOutcomes::Kept> RepeatedOutcomes::find(std::int64_t record) {
  const std::vector<Entry>* entries = &waiting_;
  if (waiting_.empty() || record < waiting_.front().record) {
    const auto behind = std::upper_bound(first_in_block_.begin(), first_in_block_.end(), record);
    if (behind == first_in_block_.begin()) return std::nullopt;
    read_block(static_cast<std::size_t>(behind - first_in_block_.begin()) - 1);
    entries = &block_;
  }
  const auto entry = std::lower_bound(entries->begin(), entries->end(), record,
                                      [](const Entry& one, std::int64_t wanted) { return one.record < wanted; });
  if (entry == entries->end() || entry->record != record) return std::nullopt;
  return Kept{{record, entry->offset, entry->bytes, static_cast<RecordStatus>(entry->status)},
              place_by_number_.at(entry->place)};
}

}  // namespace batchctl
