#include "records/results.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error.hpp"
#include "records/background_sha256.hpp"
#include "records/line_reader.hpp"
#include "records/record_ranges.hpp"
#include "records/result_line.hpp"

namespace batchctl {

namespace {

std::int64_t sum_of(const LineUsage& usage) { return usage.input + usage.output + usage.thinking; }

void count(ResultSummary& summary, const LineUsage& usage) {
  summary.tokens_in += usage.input;
  summary.tokens_out += usage.output;
  summary.tokens_thinking += usage.thinking;
  summary.tokens_cached += usage.cached;
}

class ResultReader {
 public:
  ResultReader(const std::vector<Span>& expected, const std::function<bool(std::int64_t)>& is_answered,
               std::shared_ptr<const AnswerSchema> schema, const OwnKeys* keys)
      : is_answered_(is_answered),
        keys_(keys),
        ranges_(expected),
        best_(static_cast<std::size_t>(ranges_.size()), RecordStatus::outstanding),
        parser_(std::move(schema)) {}

  ReadResult read(const std::string& path) {
    Sha256Workers workers;
    BackgroundSha256 hash(workers);
    LineReader reader(path, path);
    reader.on_read([&](std::string_view bytes) {
      hash.update(bytes);
      result_.summary.bytes += bytes.size();
    });
    Line line;
    while (reader.next(line)) {
      if (is_blank(line.text)) continue;
      ++result_.summary.lines;
      const ResultLine& seen = parser_.parse(line.text, keys_);
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
    const LineUsage usage = line.usage.value_or(LineUsage{});
    const auto place = line.record ? ranges_.place_of(*line.record) : std::nullopt;
    if (!place) {
      ++summary.unknown_keys;
      count(summary, usage);
      summary.tokens_wasted += sum_of(usage);
      return;
    }
    RecordStatus& best = best_[static_cast<std::size_t>(*place)];
    if (best != RecordStatus::outstanding) ++summary.duplicate_lines;
    if (!takes_over(line.status, best)) return;
    best = line.status;
    if (line.status != RecordStatus::ok) {
      problems_.insert_or_assign(*place, Seen{problem_of(line), usage});
      return;
    }
    problems_.erase(*place);
    count(summary, usage);
    if (is_answered_ && is_answered_(*line.record)) summary.tokens_wasted += sum_of(usage);
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
        count(summary, seen->second.usage);
        summary.tokens_wasted += sum_of(seen->second.usage);
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
    LineUsage usage;
  };

  const std::function<bool(std::int64_t)>& is_answered_;
  const OwnKeys* keys_;
  RecordRanges ranges_;
  std::vector<RecordStatus> best_;  // by place; outstanding: no line yet
  std::unordered_map<std::int64_t, Seen> problems_;
  ResultLineParser parser_;
  ReadResult result_;
};

}  // namespace

ReadResult read_result(const std::string& path, const std::vector<Span>& expected,
                       const std::function<bool(std::int64_t record)>& is_answered,
                       std::shared_ptr<const AnswerSchema> schema, const OwnKeys* keys) {
  try {
    return ResultReader(expected, is_answered, std::move(schema), keys).read(path);
  } catch (const Fatal& failed) {
    throw Fatal(ExitCode::failed, "disk", failed.what(), failed.next());
  }
}

}  // namespace batchctl
