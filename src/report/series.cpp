#include "report/series.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace batchctl::report {

namespace {

using app::RunReport;

bool is_over(RunState state) {
  return state == RunState::complete || state == RunState::complete_with_failures || state == RunState::cancelled;
}

std::optional<ChunkState> state_named(const std::string& name) {
  for (std::size_t i = 0; i < kChunkStates; ++i)
    if (kChunkStateNames[i] == name) return static_cast<ChunkState>(i);
  return std::nullopt;
}

/// Counts what enters and leaves, column by column; added up at the end.
class Pile {
 public:
  void enter(Band band, int column) { change_[index(band)][static_cast<std::size_t>(column)] += 1; }
  void leave(Band band, int column) { change_[index(band)][static_cast<std::size_t>(column)] -= 1; }
  ChunkSeries added_up() const {
    ChunkSeries sums = change_;
    for (Columns<std::int64_t>& sum : sums)
      for (std::size_t i = 1; i < sum.size(); ++i) sum[i] += sum[i - 1];
    return sums;
  }

 private:
  static std::size_t index(Band band) { return static_cast<std::size_t>(band); }
  ChunkSeries change_{};
};

/// One chunk on its way through the states. A clock that was set back does not set it back.
struct Walk {
  ChunkState state = ChunkState::planned;
  int column = 0;
  bool is_there = false;
};

/// When a hold began and ended; nullopt: it was none.
std::optional<std::pair<Instant, Instant>> held(const JobSpan& job, const TimeAxis& axis) {
  const bool holds = job.hold != Hold::none;
  if (!job.named && !holds) return std::nullopt;
  const Instant from = job.created_at ? std::min(job.intent_at, *job.created_at) : job.intent_at;
  if (holds) return std::pair{from, axis.to};
  const Instant to = job.ended_at ? *job.ended_at : job.observed_at.value_or(from);
  return std::pair{from, std::max(from, to)};
}

JobFate fate_of(const JobSpan& job) {
  switch (job.observed.value_or(JobState::unknown)) {
    case JobState::succeeded:
      return JobFate::succeeded;
    case JobState::failed:
      return JobFate::failed;
    case JobState::expired:
      return JobFate::expired;
    case JobState::cancelled:
      return JobFate::cancelled;
    case JobState::running:
      return job.hold == Hold::none ? JobFate::gone : JobFate::running;
    case JobState::pending:
    case JobState::unknown:
      return job.hold == Hold::none ? JobFate::gone : JobFate::waiting;
  }
  return JobFate::gone;
}

/// Overlapping and touching stretches made one.
std::vector<Stretch> joined(std::vector<Stretch> stretches) {
  std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) { return a.from < b.from; });
  std::vector<Stretch> all;
  for (const Stretch& one : stretches)
    if (!all.empty() && one.from <= all.back().to)
      all.back().to = std::max(all.back().to, one.to);
    else
      all.push_back(one);
  return all;
}

}  // namespace

const app::RunHistory& past(const RunReport& report) {
  static const app::RunHistory none;
  return report.history ? *report.history : none;
}

TimeAxis axis_of(const RunReport& report, Instant now) {
  const std::vector<JournalLine>& journal = past(report).journal;
  Instant to = now;
  if (is_over(report.state) && !journal.empty()) {
    to = report.run.created_at;
    for (const JournalLine& line : journal)
      if (!line.to.empty()) to = std::max(to, line.at);  // what is removed weeks later is no part of the run's life
    to += (to - report.run.created_at) / 40;             // so that the end is seen
  }
  return time_axis(report.run.created_at, to);
}

Band band_of(ChunkState state) {
  switch (state) {
    case ChunkState::planned:
      return Band::planned;
    case ChunkState::uploading:
    case ChunkState::uploaded:
      return Band::uploaded;
    case ChunkState::creating:
    case ChunkState::reconciling:
      return Band::creating;
    case ChunkState::submitted:
      return Band::submitted;
    case ChunkState::fetching:
      return Band::fetching;
    case ChunkState::done:
      return Band::done;
    case ChunkState::failed:
      return Band::failed;
    case ChunkState::cancelling:
    case ChunkState::cancelled:
      return Band::cancelled;
  }
  return Band::planned;
}

ChunkSeries chunk_series(const RunReport& report, const TimeAxis& axis) {
  Pile pile;
  std::map<int, Walk> walks;
  std::map<ChunkKey, int> index_of;
  for (const app::ChunkReport& entry : report.chunk_list)
    if (!entry.chunk.key.empty()) index_of[entry.chunk.key] = entry.chunk.index;
  std::map<int, std::vector<int>> halves;  // by the index of the chunk that they replace
  for (const app::ChunkReport& entry : report.chunk_list) {
    const Chunk& chunk = entry.chunk;
    Walk& walk = walks[chunk.index];
    if (!chunk.replaces.empty() && index_of.contains(chunk.replaces)) {
      halves[index_of[chunk.replaces]].push_back(chunk.index);
    } else if (chunk.kind == ChunkKind::base) {
      walk.is_there = true;
      pile.enter(Band::planned, 0);
    }
  }
  const auto appears = [&](Walk& walk, int column) {
    if (walk.is_there) return;
    walk = {ChunkState::planned, column, true};
    pile.enter(Band::planned, column);
  };
  const auto goes = [&](Walk& walk, ChunkState to, int column) {
    walk.column = std::max(walk.column, column);
    pile.leave(band_of(walk.state), walk.column);
    pile.enter(band_of(to), walk.column);
    walk.state = to;
  };
  for (const JournalLine& line : past(report).journal) {
    if (!line.chunk_index || !walks.contains(*line.chunk_index)) continue;
    const int column = axis.column(line.at);
    Walk& walk = walks[*line.chunk_index];
    appears(walk, column);
    if (const std::optional<ChunkState> to = state_named(line.to)) goes(walk, *to, column);
    if (line.event == name_of(ChunkEvent::chunk_halved))
      for (const int half : halves[*line.chunk_index]) appears(walks[half], column);
  }
  // The rows are the truth: whatever the journal does not tell is shown as having come about just now.
  for (const app::ChunkReport& entry : report.chunk_list) {
    Walk& walk = walks[entry.chunk.index];
    appears(walk, TimeAxis::kColumns - 1);
    if (walk.state != entry.chunk.state) goes(walk, entry.chunk.state, TimeAxis::kColumns - 1);
    if (entry.chunk.state == ChunkState::cancelled && halves.contains(entry.chunk.index) &&
        !halves[entry.chunk.index].empty())
      pile.leave(Band::cancelled, walk.column);
  }
  return pile.added_up();
}

TokenSeries token_series(const RunReport& report, const TimeAxis& axis) {
  TokenSeries series;
  struct Change {
    Instant at;
    std::int64_t tokens;
  };
  std::vector<Change> changes;
  for (const JobSpan& job : past(report).jobs) {
    const auto span = held(job, axis);
    if (!span) continue;
    if (job.model != report.run.settings.model) {
      ++series.other_models;
      continue;
    }
    changes.push_back({span->first, job.tokens});
    if (job.hold == Hold::none)
      changes.push_back({span->second, -job.tokens});
    else
      series.now += job.tokens;
  }
  // What ends makes room before what begins takes it.
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return a.at < b.at || (a.at == b.at && a.tokens < b.tokens);
  });
  std::int64_t level = 0;
  int reached = -1;  // the columns up to this one know of what was before
  for (const Change& change : changes) {
    const int column = axis.column(change.at);
    for (; reached < column; ++reached) series.most[static_cast<std::size_t>(reached + 1)] = level;
    level += change.tokens;
    std::int64_t& most = series.most[static_cast<std::size_t>(column)];
    most = std::max(most, level);
    if (level > series.peak) {
      series.peak = level;
      series.peak_at = change.at;
    }
  }
  for (; reached + 1 < TimeAxis::kColumns; ++reached) series.most[static_cast<std::size_t>(reached + 1)] = level;
  return series;
}

RefusalSeries refusal_series(const RunReport& report, const TimeAxis& axis) {
  RefusalSeries series;
  std::map<std::string, RefusalGroup> groups;
  for (const JournalLine& line : past(report).journal) {
    if (line.event != name_of(ChunkEvent::create_refused) && line.event != name_of(ChunkEvent::upload_refused))
      continue;
    ++series.total;
    ++series.times[static_cast<std::size_t>(axis.column(line.at))];
    RefusalGroup& group = groups[line.why];
    if (group.times++ == 0) group.first = line.at;
    group.words = line.why;
    group.last = line.at;
  }
  for (auto& [words, group] : groups) series.groups.push_back(std::move(group));
  std::stable_sort(series.groups.begin(), series.groups.end(),
                   [](const RefusalGroup& a, const RefusalGroup& b) { return a.times > b.times; });
  return series;
}

std::vector<JobBar> job_bars(const RunReport& report, const TimeAxis& axis) {
  std::vector<JobBar> bars;
  for (const JobSpan& job : past(report).jobs)
    if (job.named)
      if (const auto span = held(job, axis)) bars.push_back({job.chunk_index, span->first, span->second, fate_of(job)});
  std::stable_sort(bars.begin(), bars.end(), [](const JobBar& a, const JobBar& b) {
    return a.from < b.from || (a.from == b.from && a.chunk_index < b.chunk_index);
  });
  return bars;
}

std::array<int, kJobFates> count_fates(const std::vector<JobBar>& bars) {
  std::array<int, kJobFates> counts{};
  for (const JobBar& bar : bars) ++counts[static_cast<std::size_t>(bar.fate)];
  return counts;
}

JobRows job_rows(const std::vector<JobBar>& bars, const TimeAxis& axis, int most) {
  constexpr int kWhole = 1000, kLeast = 2;  // a job of a moment can be seen, too
  const auto stretch_of = [&](const JobBar& bar) {
    Stretch stretch;
    stretch.from = std::min(static_cast<int>(std::lround(axis.share(bar.from) * kWhole)), kWhole - kLeast);
    stretch.to = std::max(static_cast<int>(std::lround(axis.share(bar.to) * kWhole)), stretch.from + kLeast);
    stretch.fate = bar.fate;
    return stretch;
  };
  JobRows all;
  const std::size_t n = bars.size(), rows = static_cast<std::size_t>(most);
  const std::size_t a_row = std::max<std::size_t>((n + rows - 1) / rows, 1);
  all.jobs_a_row = static_cast<int>(a_row);
  for (std::size_t first = 0; first < n; first += a_row) {
    std::array<std::vector<Stretch>, kJobFates> by_fate;
    for (std::size_t i = first; i < std::min(first + a_row, n); ++i)
      by_fate[static_cast<std::size_t>(bars[i].fate)].push_back(stretch_of(bars[i]));
    std::vector<Stretch>& row = all.rows.emplace_back();
    for (std::vector<Stretch>& stretches : by_fate)
      for (const Stretch& stretch : joined(std::move(stretches))) row.push_back(stretch);
  }
  return all;
}

}  // namespace batchctl::report
