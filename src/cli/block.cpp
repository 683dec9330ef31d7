#include "cli/block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/count.hpp"
#include "base/harmless.hpp"
#include "base/text.hpp"
#include "cli/columns.hpp"
#include "cli/paint.hpp"
#include "cli/phrases.hpp"

namespace batchctl::cli {

namespace {

/// What a stretch of the bar stands for, in the order in which chunks go through them, backwards.
struct Stretch {
  char mark;
  Colour colour;
  std::vector<ChunkState> states;
};

const std::array<Stretch, 5>& stretches() {
  using enum ChunkState;
  static const std::array<Stretch, 5> kAll{{{'#', Colour::green, {done}},
                                            {'!', Colour::red, {failed, cancelled}},
                                            {'=', Colour::yellow, {submitted, fetching, cancelling}},
                                            {'+', Colour::none, {uploading, uploaded, creating, reconciling}},
                                            {'.', Colour::faint, {planned}}}};
  return kAll;
}

/// Chunks by state over `width` columns. Each stretch has its share, rounded down, and one column at least when there
/// is room; what is left over goes to the largest.
std::string bar(const ChunkTally& tally, std::size_t width, bool colour) {
  std::array<std::int64_t, 5> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (const ChunkState state : stretches()[i].states) counts[i] += tally[static_cast<std::size_t>(state)];
  const std::int64_t total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (total == 0) return std::string(width, ' ');
  std::array<std::size_t, 5> wide{};
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      wide[i] =
          std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(counts[i]) /
                                                            static_cast<double>(total) * static_cast<double>(width)));
  const auto sum = [&] { return std::accumulate(wide.begin(), wide.end(), std::size_t{0}); };
  const auto largest = [&] { return std::max_element(wide.begin(), wide.end()); };
  while (sum() > width && *largest() > 0) --*largest();
  const std::size_t most = static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  wide[most] += width - sum();
  std::string text;
  for (std::size_t i = 0; i < wide.size(); ++i)
    text += painted(std::string(wide[i], stretches()[i].mark), stretches()[i].colour, colour);
  return text;
}

/// A name on the left, words on the right edge; the words go when there is no room for both.
std::string two_ends(const std::string& left, const std::string& right, std::size_t width) {
  const std::size_t used = columns(left), more = columns(right);
  if (right.empty() || used + 2 + more > width) return cut_to(left, width);
  return left + std::string(width - used - more, ' ') + right;
}

std::string title(const app::RunReport& report, std::size_t width, const Viewpoint& view) {
  const std::string state(name_of(report.state));
  const std::string end = end_words(report, view);
  const std::string name = harmless(report.run.name);
  std::string text = two_ends(fmt::format("{}  {}", name, state), end.empty() ? "" : "ends " + end, width);
  const std::size_t at = name.size() + 2;
  if (text.size() < at + state.size()) return text;  // cut
  return text.substr(0, at) + painted(state, colour_of(report.state), view.colour) + text.substr(at + state.size());
}

std::string tokens_words(const app::RunReport& report) {
  if (!report.token_limit) return fmt::format("{} in flight", count(report.usage.enqueued));
  return fmt::format("{} in flight of {}", count(report.usage.enqueued), count(*report.token_limit));
}

std::string short_cost(const app::RunReport& report) {
  const app::RunCost& cost = report.cost;
  if (!cost.actual || !cost.estimated) return "price unknown";
  return fmt::format("{} of about {}", app::spell_usd(*cost.actual), app::spell_usd(*cost.estimated));
}

std::string next_words(const app::RunReport& report, const Viewpoint& view) {
  if (report.run.stop) return fmt::format("you ({}): {}", report.run.stop->reason, one_line(report.run.stop->message));
  if (report.next_event) return fmt::format("{}: {}", when(report.next_event->at, view), report.next_event->what);
  if (report.pause) return one_line(report.pause->message);
  if (percent_done(report.records) == 100) return report.next;
  return "the next answer of the service";
}

std::string records_words(const app::RunReport& report) {
  std::string text = fmt::format("{} of {} answered", count(report.records.answered), count(report.records.total));
  if (report.records.failed > 0) text += fmt::format(", {} failed", count(report.records.failed));
  return text;
}

std::string bar_line(const app::RunReport& report, std::size_t width, bool colour) {
  const std::string percent = fmt::format(" {:>3} %", percent_done(report.records));
  if (width < percent.size() + 8) return cut_to(percent, width);
  return "[" + bar(report.chunks, width - percent.size() - 2, colour) + "]" + percent;
}

std::vector<std::string> one_run(const app::RunReport& report, std::size_t width, std::size_t height,
                                 const Viewpoint& view) {
  struct Line {
    int importance;  // the larger, the sooner it goes
    std::string text;
  };
  const auto labelled = [&](std::string_view label, const std::string& words) {
    return cut_to(fmt::format("{:<9}{}", label, harmless(words)), width);
  };
  std::vector<Line> lines = {{0, title(report, width, view)},
                             {1, bar_line(report, width, view.colour)},
                             {6, labelled("chunks", chunk_words(report.chunks))},
                             {5, labelled("jobs", job_words(report.jobs))},
                             {3, labelled("records", records_words(report))},
                             {7, labelled("tokens", tokens_words(report))},
                             {4, labelled("cost", short_cost(report))},
                             {2, labelled("next", next_words(report, view))}};
  while (lines.size() > std::max<std::size_t>(height, 1))
    lines.erase(std::max_element(lines.begin(), lines.end(),
                                 [](const Line& a, const Line& b) { return a.importance < b.importance; }));
  std::vector<std::string> shown;
  for (Line& line : lines) shown.push_back(std::move(line.text));
  return shown;
}

/// `name  [####....]  62 %  waiting`
std::string short_line(const app::RunReport& report, std::size_t width, const Viewpoint& view) {
  const std::string state(name_of(report.state));
  const std::string name = harmless(report.run.name);
  const std::string left = fmt::format("{} {:>3} %  ", fitted(name, std::clamp<std::size_t>(width / 3, 8, 24)),
                                       percent_done(report.records));
  const std::string end = end_words(report, view);
  const std::string words = state + (end.empty() ? "" : ", ends " + end);
  if (columns(left) >= width) return cut_to(left, width);
  const std::string right = cut_to(words, width - columns(left));
  if (right.size() < state.size()) return left + right;
  return left + painted(state, colour_of(report.state), view.colour) + right.substr(state.size());
}

/// Columns of what is seen of a line: escape sequences take none.
std::size_t seen_columns(const std::string& line) {
  std::string seen;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b')
      i = std::min(line.find('m', i), line.size() - 1);
    else
      seen += line[i];
  }
  return columns(seen);
}

}  // namespace

std::vector<std::string> block_lines(const std::vector<app::RunReport>& reports, ScreenSize size,
                                     const Viewpoint& view) {
  const std::size_t width = static_cast<std::size_t>(std::max(size.columns - 1, 1));
  const std::size_t height = static_cast<std::size_t>(std::max(size.rows - 1, 1));
  if (reports.size() == 1) return one_run(reports.front(), width, height, view);
  std::vector<std::string> lines;
  for (const app::RunReport& report : reports) {
    if (lines.size() + 1 == height && lines.size() + 1 < reports.size()) {
      lines.push_back(cut_to(fmt::format("and {} more", reports.size() - lines.size()), width));
      break;
    }
    lines.push_back(short_line(report, width, view));
  }
  return lines;
}

void Block::draw(const std::vector<std::string>& lines) {
  if (is_drawn() && lines == drawn_ && size_() == drawn_size_) return;
  std::string text = go_back();
  widths_.clear();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += (i == 0 ? "" : "\r\n") + lines[i] + "\x1b[K";
    widths_.push_back(seen_columns(lines[i]));
  }
  drawn_ = lines;
  drawn_size_ = size_();
  write_(text + "\x1b[J");
}

void Block::erase() {
  if (!is_drawn()) return;
  const std::string text = go_back() + "\x1b[J";
  widths_.clear();
  write_(text);
}

std::string Block::go_back() const {
  if (!is_drawn()) return {};
  const std::size_t wide = static_cast<std::size_t>(std::max(size_().columns, 1));
  std::size_t rows = 0;
  for (const std::size_t width : widths_) rows += std::max<std::size_t>(1, (width + wide - 1) / wide);
  return rows > 1 ? fmt::format("\r\x1b[{}A", rows - 1) : "\r";
}

}  // namespace batchctl::cli
