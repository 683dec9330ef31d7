#include "records/source_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "records/json_text.hpp"
#include "records/wire_key.hpp"

namespace batchctl {

namespace {

/// Takes `token` off the front of `text`, and the white space behind it.
bool skip(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text = without_outer_space(text.substr(token.size()));
  return true;
}

/// The same at the end.
bool skip_back(std::string_view& text, std::string_view token) {
  if (!text.ends_with(token)) return false;
  text = without_outer_space(text.substr(0, text.size() - token.size()));
  return true;
}

std::optional<std::int64_t> record_at_front(std::string_view line) {
  if (!skip(line, "{") || !skip(line, "\"key\"") || !skip(line, ":") || !skip(line, "\"")) return std::nullopt;
  return record_of_wire_key(line.substr(0, line.find('"')));
}

/// In valid JSON a `"key"` behind a comma or brace is a member's name, and before the last brace it is the line's own.
std::optional<std::int64_t> record_at_end(std::string_view line) {
  if (!skip_back(line, "}") || !skip_back(line, "\"")) return std::nullopt;
  const std::size_t quote = line.rfind('"');
  if (quote == std::string_view::npos) return std::nullopt;
  const std::string_view key = line.substr(quote + 1);
  line = without_outer_space(line.substr(0, quote));
  if (!skip_back(line, ":") || !skip_back(line, "\"key\"")) return std::nullopt;
  return line.ends_with(',') || line == "{" ? record_of_wire_key(key) : std::nullopt;
}

/// Leaves one line a record: the one that counts. `lines` are by record.
void settle_rivals(std::vector<IndexedLine>& lines, const std::string& raw_path, ResultLineParser& parser) {
  std::optional<LineFetcher> fetcher;
  std::size_t kept = 0;
  for (std::size_t from = 0, to = 0; from < lines.size(); from = to) {
    while (to < lines.size() && lines[to].record == lines[from].record) ++to;
    if (to - from == 1) {
      lines[kept++] = lines[from];
      continue;
    }
    std::optional<IndexedLine> best;
    for (std::size_t at = from; at < to; ++at) {
      IndexedLine& line = lines[at];
      if (!line.judged) {
        if (!fetcher) fetcher.emplace(raw_path);
        if (!judge(line, parser.parse(fetcher->fetch(line)))) continue;
      }
      if (!best || takes_over(line.status, best->status)) best = line;
    }
    if (best) lines[kept++] = *best;
  }
  lines.resize(kept);
}

}  // namespace

bool judge(IndexedLine& line, const ResultLine& seen) {
  line.judged = true;
  line.status = seen.status;
  return seen.record == line.record;
}

std::vector<IndexedLine> index_result_lines(const std::string& raw_path, ResultLineParser& parser,
                                            const OwnKeys* keys) {
  std::vector<IndexedLine> lines;
  LineReader reader(raw_path, raw_path);
  Line line;
  while (reader.next(line)) {
    if (is_blank(line.text)) continue;
    if (keys == nullptr) {
      const std::string_view text = without_outer_space(line.text);
      auto record = record_at_front(text);
      if (!record) record = record_at_end(text);
      if (record) {
        lines.push_back({*record, line.offset, line.bytes, RecordStatus::missing, false});
        continue;
      }
    }
    const ResultLine& seen = parser.parse(line.text, keys);
    if (seen.record) lines.push_back({*seen.record, line.offset, line.bytes, seen.status, true});
  }
  const auto by_record = [](const IndexedLine& a, const IndexedLine& b) { return a.record < b.record; };
  if (!std::is_sorted(lines.begin(), lines.end(), by_record)) std::stable_sort(lines.begin(), lines.end(), by_record);
  settle_rivals(lines, raw_path, parser);
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
