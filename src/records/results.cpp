#include "records/results.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "records/line_reader.hpp"
#include "records/record_ranges.hpp"
#include "records/result_line.hpp"

namespace batchctl {

namespace {

std::int64_t spent(const ResultLine& line) {
  return line.usage ? line.usage->input + line.usage->output + line.usage->thinking : 0;
}

class ResultReader {
 public:
  ResultReader(const std::vector<Span>& expected, const std::function<bool(std::int64_t)>& is_answered)
      : is_answered_(is_answered),
        ranges_(expected),
        best_(static_cast<std::size_t>(ranges_.size()), RecordStatus::outstanding) {}

  ReadResult read(const std::string& path) {
    Sha256 hash;
    LineReader reader(path, path);
    reader.on_read([&](std::string_view bytes) {
      hash.update(bytes);
      result_.summary.bytes += bytes.size();
    });
    Line line;
    while (reader.next(line)) {
      if (is_blank(line.text)) continue;
      ++result_.summary.lines;
      const ResultLine& seen = parser_.parse(line.text);
      if (!seen.is_json && !line.ended) result_.cut = true;
      take(seen);
    }
    result_.summary.sha256 = hash.hex();
    finish();
    return std::move(result_);
  }

 private:
  void take(const ResultLine& line) {
    ResultSummary& summary = result_.summary;
    if (line.usage) {
      summary.tokens_in += line.usage->input;
      summary.tokens_out += line.usage->output;
      summary.tokens_thinking += line.usage->thinking;
      summary.tokens_cached += line.usage->cached;
    }
    const auto place = line.record ? ranges_.place_of(*line.record) : std::nullopt;
    if (!place) {
      ++summary.unknown_keys;
      summary.tokens_wasted += spent(line);
      return;
    }
    RecordStatus& best = best_[static_cast<std::size_t>(*place)];
    const bool seen_before = best != RecordStatus::outstanding;
    if (seen_before) ++summary.duplicate_lines;
    if (!takes_over(line.status, best)) {
      summary.tokens_wasted += spent(line);
      return;
    }
    if (const auto old = problems_.find(*place); old != problems_.end()) {
      summary.tokens_wasted += old->second.spent;
      problems_.erase(old);
    }
    best = line.status;
    if (line.status == RecordStatus::ok && is_answered_ && is_answered_(*line.record))
      summary.tokens_wasted += spent(line);
    if (line.status != RecordStatus::ok) problems_.emplace(*place, Seen{problem_of(line), spent(line)});
  }

  static Problem problem_of(const ResultLine& line) {
    Problem problem;
    problem.record = *line.record;
    problem.status = line.status;
    problem.code = line.code;
    problem.message = line.message;
    if (line.usage) {
      problem.tokens_in = line.usage->input;
      problem.tokens_out = line.usage->output;
    }
    return problem;
  }

  void finish() {
    ResultSummary& summary = result_.summary;
    for (std::int64_t place = 0; place < ranges_.size(); ++place) {
      const RecordStatus best = best_[static_cast<std::size_t>(place)];
      if (best == RecordStatus::ok) {
        ++summary.ok;
        continue;
      }
      if (const auto seen = problems_.find(place); seen != problems_.end()) {
        result_.problems.push_back(std::move(seen->second.problem));
      } else {
        result_.problems.emplace_back();
        result_.problems.back().record = ranges_.record_at(place);
        result_.problems.back().status = RecordStatus::missing;
      }
      if (result_.problems.back().status == RecordStatus::missing)
        ++summary.missing;
      else
        ++summary.not_ok;
    }
  }

  struct Seen {
    Problem problem;
    std::int64_t spent = 0;
  };

  const std::function<bool(std::int64_t)>& is_answered_;
  RecordRanges ranges_;
  std::vector<RecordStatus> best_;  // by place; outstanding: no line yet
  std::unordered_map<std::int64_t, Seen> problems_;
  ResultLineParser parser_;
  ReadResult result_;
};

}  // namespace

ReadResult read_result(const std::string& path, const std::vector<Span>& expected,
                       const std::function<bool(std::int64_t record)>& is_answered) {
  try {
    return ResultReader(expected, is_answered).read(path);
  } catch (const Fatal& failed) {
    throw Fatal(ExitCode::failed, "disk", failed.what(), failed.next());
  }
}

}  // namespace batchctl
