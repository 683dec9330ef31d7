#include "records/source_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "records/json_text.hpp"

namespace batchctl {

std::vector<IndexedLine> index_result_lines(const std::string& raw_path, ResultLineParser& parser,
                                            const OwnKeys* keys) {
  std::vector<IndexedLine> lines;
  LineReader reader(raw_path, raw_path);
  Line line;
  while (reader.next(line)) {
    if (is_blank(line.text)) continue;
    const ResultLine& seen = parser.parse(line.text, keys);
    if (seen.record) lines.push_back({*seen.record, line.offset, line.bytes, seen.status});
  }
  const auto by_record = [](const IndexedLine& a, const IndexedLine& b) { return a.record < b.record; };
  if (!std::is_sorted(lines.begin(), lines.end(), by_record)) std::stable_sort(lines.begin(), lines.end(), by_record);
  std::size_t kept = 0;
  for (const IndexedLine& next : lines) {
    if (kept > 0 && lines[kept - 1].record == next.record) {
      if (takes_over(next.status, lines[kept - 1].status)) lines[kept - 1] = next;
    } else {
      lines[kept++] = next;
    }
  }
  lines.resize(kept);
  return lines;
}

LineFetcher::LineFetcher(const std::string& raw_path) : path_(raw_path), file_(open_for_reading(raw_path, raw_path)) {}

std::string_view LineFetcher::fetch(const IndexedLine& line) {
  constexpr std::uint64_t kPadding = 64;
  constexpr std::uint64_t kNear = 1U << 20U, kFar = 1U << 14U;
  if (line.offset < begin_ || line.offset + line.bytes > end_) {
    const bool goes_on = line.offset >= begin_ && line.offset <= end_ + kNear;
    const std::uint64_t want = std::max(line.bytes, goes_on ? kNear : kFar);
    if (buffer_.size() < want + kPadding) buffer_.resize(want + kPadding);
    const bool sought = line.offset <= static_cast<std::uint64_t>(std::numeric_limits<long>::max()) &&
                        std::fseek(file_.get(), static_cast<long>(line.offset), SEEK_SET) == 0;
    const std::size_t got = sought ? std::fread(buffer_.data(), 1, want, file_.get()) : 0;
    begin_ = line.offset;
    end_ = begin_ + got;
    if (got < line.bytes)
      throw Fatal(ExitCode::failed, "disk", fmt::format("{} became shorter while it was read", path_));
  }
  return without_outer_space({buffer_.data() + (line.offset - begin_), static_cast<std::size_t>(line.bytes)});
}

}  // namespace batchctl
