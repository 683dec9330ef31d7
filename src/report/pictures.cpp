#include "report/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/count.hpp"
#include "report/chart.hpp"

namespace batchctl::report {

namespace {

constexpr int kColumns = TimeAxis::kColumns;

/// `12`, `12.5`
std::string tenths(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string x_of(int column) { return tenths(static_cast<double>(column) * kPlotWidth / kColumns); }

/// The upper edge of columns of these heights, from left to right; columns of one height are one step.
std::string steps(const Columns<double>& y) {
  std::string path = "M0 " + tenths(y.front());
  for (int i = 1; i < kColumns; ++i) {
    const std::string before = tenths(y[static_cast<std::size_t>(i - 1)]),
                      here = tenths(y[static_cast<std::size_t>(i)]);
    if (before != here) path += "H" + x_of(i) + "V" + here;
  }
  return path + fmt::format("H{}", kPlotWidth);
}

/// The lower edge back from right to left, and the shape closed.
std::string and_back(const Columns<double>& y) {
  std::string path = "V" + tenths(y.back());
  for (int i = kColumns - 1; i > 0; --i) {
    const std::string here = tenths(y[static_cast<std::size_t>(i)]), next = tenths(y[static_cast<std::size_t>(i - 1)]);
    if (next != here) path += "H" + x_of(i) + "V" + next;
  }
  return path + "H0Z";
}

int row_height(std::size_t rows) {
  if (rows <= kNumberedJobs) return 18;
  if (rows <= 40) return 10;
  return rows <= 80 ? 6 : 3;
}

std::vector<ValueMark> job_marks(const std::vector<JobBar>& bars, const JobRows& rows, int height) {
  std::vector<ValueMark> marks;
  const std::size_t n = rows.rows.size();
  if (n <= kNumberedJobs) {
    for (std::size_t i = 0; i < n; ++i)
      marks.push_back({(static_cast<double>(i) + 0.5) * height, fmt::format("{}", bars[i].chunk_index), false});
    return marks;
  }
  // Where the first job, and every round number of them, stand.
  const double jobs = static_cast<double>(bars.size());
  for (const ValueMark& mark : value_marks({jobs, static_cast<int>(n) * height, 0}))
    marks.push_back({static_cast<double>(n) * height - mark.y, mark.text, mark.has_line});
  marks.front().text = "1";
  return marks;
}

}  // namespace

std::string swatch(std::string_view style) {
  return fmt::format(
      "<svg class=\"key\" width=\"10\" height=\"10\" aria-hidden=\"true\"><rect class=\"{}\" width=\"10\" "
      "height=\"10\" "
      "rx=\"2\"/></svg>",
      style);
}

std::string limit_key() {
  return "<svg class=\"key\" width=\"18\" height=\"10\" aria-hidden=\"true\"><path class=\"limit\" d=\"M0 "
         "5H18\"/></svg>";
}

std::string share_bar(double share, std::string_view style) {
  const double shown = std::clamp(share, 0.0, 1.0) * 100;
  return fmt::format(
      "<svg class=\"bar\" width=\"100%\" height=\"8\" aria-hidden=\"true\"><rect class=\"empty\" width=\"100%\" "
      "height=\"8\" rx=\"2\"/><rect class=\"{}\" width=\"{:.2f}%\" height=\"8\" rx=\"2\"/></svg>",
      style, shown);
}

std::string chunk_picture(const ChunkSeries& series, const TimeAxis& axis) {
  std::int64_t most = 0;
  for (std::size_t i = 0; i < kColumns; ++i) {
    std::int64_t sum = 0;
    for (const auto& band : series) sum += band[i];
    most = std::max(most, sum);
  }
  Chart chart{"chunks", "Chunks by state over time", "", 200, {}, ""};
  const ValueScale scale = value_scale(most, chart.height);
  chart.marks = value_marks(scale);
  Columns<std::int64_t> below{};
  Columns<double> lower;
  lower.fill(chart.height);
  for (std::size_t band = 0; band < kBands; ++band) {
    Columns<double> upper;
    for (std::size_t i = 0; i < kColumns; ++i) {
      below[i] += series[band][i];
      upper[i] = scale.y(static_cast<double>(below[i]));
    }
    const auto& counts = series[band];
    if (std::any_of(counts.begin(), counts.end(), [](std::int64_t n) { return n > 0; }))
      chart.shapes += fmt::format("<path class=\"band-{}\" d=\"{}{}\"/>", band, steps(upper), and_back(lower));
    const std::int64_t last = counts.back();
    if (last > 0)
      chart.words += fmt::format("{}{} {}", chart.words.empty() ? "At the end: " : ", ", count(last), kBandNames[band]);
    lower = upper;
  }
  return draw(chart, axis);
}

std::string job_picture(const std::vector<JobBar>& bars, const TimeAxis& axis) {
  const JobRows rows = job_rows(bars, axis);
  const int height = row_height(rows.rows.size());
  Chart chart{"jobs", "Jobs from their creation to their end", "", static_cast<int>(rows.rows.size()) * height, {}, ""};
  chart.marks = job_marks(bars, rows, height);
  // Wide rows have room between them; narrow ones make one surface.
  const int thick = height >= 10 ? height - 4 : height > 3 ? height - 1 : height;
  std::array<std::string, kJobFates> paths;
  for (std::size_t row = 0; row < rows.rows.size(); ++row) {
    const int top = static_cast<int>(row) * height + (height - thick) / 2;
    for (const Stretch& stretch : rows.rows[row]) {
      // Where a row stands for many jobs, the few that ended badly leave the others to be seen.
      const bool is_thin = rows.jobs_a_row > 1 && stretch.fate > JobFate::waiting;
      const int width = stretch.to - stretch.from;
      paths[static_cast<std::size_t>(stretch.fate)] += fmt::format(
          "M{} {}h{}v{}h-{}z", stretch.from, is_thin ? top + thick - 1 : top, width, is_thin ? 1 : thick, width);
    }
  }
  for (std::size_t fate = 0; fate < kJobFates; ++fate)
    if (!paths[fate].empty()) chart.shapes += fmt::format("<path class=\"fate-{}\" d=\"{}\"/>", fate, paths[fate]);
  const std::array<int, kJobFates> counts = count_fates(bars);
  for (std::size_t fate = 0; fate < kJobFates; ++fate)
    if (counts[fate] > 0)
      chart.words += fmt::format("{}{} {}", chart.words.empty() ? "" : ", ", count(counts[fate]), kJobFateNames[fate]);
  return draw(chart, axis);
}

bool limit_in_sight(std::int64_t limit, const TokenSeries& series) { return limit / 8 <= series.peak; }

std::string token_picture(const TokenSeries& series, const RefusalSeries& refusals, std::optional<std::int64_t> limit,
                          const TimeAxis& axis) {
  const bool draws_limit = limit && limit_in_sight(*limit, series);
  constexpr int kLane = 18;  // of the refusals
  const int lane = refusals.total > 0 ? kLane : 0;
  Chart chart{"tokens", "Tokens in flight over time", "", 170 + lane, {}, ""};
  ValueScale scale = value_scale(draws_limit ? std::max(*limit, series.peak) : series.peak, chart.height - lane);
  scale.above = lane;
  chart.marks = value_marks(scale);
  if (lane > 0) chart.marks.push_back({5, "refused", false});
  Columns<double> upper, foot;
  foot.fill(chart.height);
  for (std::size_t i = 0; i < kColumns; ++i) upper[i] = scale.y(static_cast<double>(series.most[i]));
  chart.shapes = fmt::format("<path class=\"tokens\" d=\"{}{}\"/>", steps(upper), and_back(foot));
  chart.words = fmt::format("At most {} tokens were in flight; {} are now.", count(series.peak), count(series.now));
  if (limit) chart.words += fmt::format(" The limit is {}.", count(*limit));
  if (draws_limit) {
    const double y = scale.y(static_cast<double>(*limit));
    chart.shapes += fmt::format("<path class=\"limit\" d=\"M0 {0}H{1}\"/>", tenths(y), kPlotWidth);
  }
  std::string marks;
  for (int i = 0; i < kColumns; ++i)
    if (refusals.times[static_cast<std::size_t>(i)] > 0)
      marks += fmt::format("M{} 0v10", tenths((i + 0.5) * kPlotWidth / kColumns));
  if (!marks.empty()) chart.shapes += fmt::format("<path class=\"refused\" d=\"{}\"/>", marks);
  if (refusals.total > 0) chart.words += fmt::format(" The service refused {}.", count(refusals.total, "time"));
  return draw(chart, axis);
}

}  // namespace batchctl::report
