#include "records/repeated_outcomes.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kWriteAtOnce = 4096;

}  // namespace

void RepeatedOutcomes::fail(int reason) const {
  throw Fatal(ExitCode::failed, "disk",
              fmt::format("cannot keep the outcomes of repeated records in {}: {}", path_, std::strerror(reason)),
              "Make room and download again.");
}

void RepeatedOutcomes::keep(const IndexedLine& line, const OutcomePlace& place) {
  const std::uint64_t count = written_ + waiting_.size();
  if (count > 0 && at(count - 1).record >= line.record) throw Bug("outcomes of repeated records are out of order");
  const auto [known, is_new] = places_.try_emplace(place, static_cast<std::uint32_t>(place_by_number_.size()));
  if (is_new) place_by_number_.push_back(&known->first);
  waiting_.push_back({line.record, line.offset, line.bytes, known->second, static_cast<std::uint32_t>(line.status)});
  if (waiting_.size() >= kWriteAtOnce) write();
}

void RepeatedOutcomes::write() {
  errno = 0;
  if (!file_) {
    file_.reset(std::fopen(path_.c_str(), "w+b"));
    if (!file_) fail(errno);
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
    std::remove(path_.c_str());
  }
  if (std::fseek(file_.get(), static_cast<long>(written_ * sizeof(Entry)), SEEK_SET) != 0 ||
      std::fwrite(waiting_.data(), sizeof(Entry), waiting_.size(), file_.get()) != waiting_.size())
    fail(errno);
  // The last one stays at hand: the next must come behind it.
  written_ += waiting_.size() - 1;
  waiting_.erase(waiting_.begin(), waiting_.end() - 1);
}

RepeatedOutcomes::Entry RepeatedOutcomes::at(std::uint64_t index) {
  if (index >= written_) return waiting_.at(static_cast<std::size_t>(index - written_));
  Entry entry;
  errno = 0;
  if (std::fseek(file_.get(), static_cast<long>(index * sizeof(Entry)), SEEK_SET) != 0 ||
      std::fread(&entry, sizeof entry, 1, file_.get()) != 1)
    fail(errno);
  return entry;
}

std::optional<RepeatedOutcomes::Kept> RepeatedOutcomes::find(std::int64_t record) {
  std::uint64_t from = 0, to = written_ + waiting_.size();
  while (from < to) {
    const std::uint64_t middle = from + (to - from) / 2;
    const Entry entry = at(middle);
    if (entry.record == record)
      return Kept{{record, entry.offset, entry.bytes, static_cast<RecordStatus>(entry.status)},
                  place_by_number_.at(entry.place)};
    if (entry.record < record)
      from = middle + 1;
    else
      to = middle;
  }
  return std::nullopt;
}

}  // namespace batchctl
