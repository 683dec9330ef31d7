#include "report/series.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace batchctl;
using report::Band;
using report::JobFate;
using report::TimeAxis;

namespace {

const Instant kStart = from_unix_ms(1'795'400'000'000);
constexpr int kLast = TimeAxis::kColumns - 1;

Instant at(int s) { return kStart + seconds{s}; }

/// A second a column, four minutes long.
const TimeAxis kAxis = report::time_axis(kStart, kStart + seconds{TimeAxis::kColumns});

app::RunReport run_of(int chunks) {
  app::RunReport report;
  report.run.created_at = kStart;
  report.run.settings.model = "m";
  report.history.emplace();
  for (int i = 0; i < chunks; ++i) {
    app::ChunkReport entry;
    entry.chunk.key = ChunkKey{100 + i};
    entry.chunk.index = i;
    report.chunk_list.push_back(entry);
  }
  return report;
}

/// A move that the journal tells and the row has made.
void moved(app::RunReport& report, int s, int index, ChunkState to, ChunkEvent event = ChunkEvent::results_stored) {
  Chunk& chunk = report.chunk_list[static_cast<std::size_t>(index)].chunk;
  report.history->journal.push_back(
      {at(s), index, std::string(name_of(chunk.state)), std::string(name_of(event)), std::string(name_of(to)), ""});
  chunk.state = to;
}

std::int64_t in(const report::ChunkSeries& series, Band band, int column) {
  return series[static_cast<std::size_t>(band)][static_cast<std::size_t>(column)];
}

std::int64_t all(const report::ChunkSeries& series, int column) {
  std::int64_t sum = 0;
  for (std::size_t band = 0; band < report::kBands; ++band) sum += series[band][static_cast<std::size_t>(column)];
  return sum;
}

JobSpan job(int from, std::optional<int> to, JobState seen = JobState::succeeded, std::int64_t tokens = 100) {
  JobSpan span;
  span.model = "m";
  span.tokens = tokens;
  span.named = true;
  span.hold = to ? Hold::none : Hold::live;
  span.observed = seen;
  span.intent_at = at(from);
  if (to) span.ended_at = at(*to);
  return span;
}

}  // namespace

TEST_CASE("a chunk stands in one band at any time, from its plan to its rest") {
  app::RunReport report = run_of(3);
  moved(report, 10, 0, ChunkState::uploading);
  moved(report, 20, 0, ChunkState::submitted);
  moved(report, 30, 1, ChunkState::submitted);
  moved(report, 100, 0, ChunkState::done);
  const report::ChunkSeries series = report::chunk_series(report, kAxis);
  CHECK(in(series, Band::planned, 0) == 3);
  CHECK(in(series, Band::uploaded, 12) == 1);
  CHECK(in(series, Band::submitted, 25) == 1);
  CHECK(in(series, Band::submitted, 50) == 2);
  CHECK(in(series, Band::done, kLast) == 1);
  CHECK(in(series, Band::submitted, kLast) == 1);
  CHECK(in(series, Band::planned, kLast) == 1);
  for (int column = 0; column < TimeAxis::kColumns; ++column) CHECK(all(series, column) == 3);
}

TEST_CASE("the rows win over the journal at the end, and a clock that was set back moves nothing back") {
  app::RunReport report = run_of(2);
  moved(report, 100, 0, ChunkState::uploaded);
  moved(report, 50, 0, ChunkState::submitted);  // written later, by a clock that was set back
  report.chunk_list[1].chunk.state = ChunkState::done;
  const report::ChunkSeries series = report::chunk_series(report, kAxis);
  CHECK(in(series, Band::submitted, 60) == 0);
  CHECK(in(series, Band::submitted, 101) == 1);
  CHECK(in(series, Band::done, kLast - 1) == 0);
  CHECK(in(series, Band::done, kLast) == 1);
  for (int column = 0; column < TimeAxis::kColumns; ++column) CHECK(all(series, column) == 2);
}

TEST_CASE("a repair chunk appears when it is planned; halves take the place of their whole") {
  app::RunReport report = run_of(4);
  report.chunk_list[1].chunk.kind = ChunkKind::repair;
  report.history->journal.push_back({at(40), 1, "", "repair_planned", "", "3 records"});
  report.chunk_list[2].chunk.replaces = report.chunk_list[3].chunk.replaces = ChunkKey{100};
  moved(report, 80, 0, ChunkState::cancelled, ChunkEvent::chunk_halved);
  const report::ChunkSeries series = report::chunk_series(report, kAxis);
  CHECK(all(series, 30) == 1);
  CHECK(all(series, 60) == 2);
  CHECK(in(series, Band::planned, 90) == 3);
  CHECK(in(series, Band::cancelled, 90) == 0);
  CHECK(all(series, kLast) == 3);
}

TEST_CASE("tokens in flight are those of jobs from their intent to their end, and the most within a column is shown") {
  app::RunReport report = run_of(0);
  report.history->jobs = {job(10, 50), job(20, 21), job(30, {}, JobState::running, 7)};
  const report::TokenSeries series = report::token_series(report, kAxis);
  CHECK(series.most[5] == 0);
  CHECK(series.most[15] == 100);
  CHECK(series.most[20] == 200);  // a job of one second
  CHECK(series.most[25] == 100);
  CHECK(series.most[40] == 107);
  CHECK(series.most[60] == 7);
  CHECK(series.most[kLast] == 7);
  CHECK(series.peak == 200);
  CHECK(series.peak_at == at(20));
  CHECK(series.now == 7);
}

TEST_CASE("what made no job holds nothing, an unclear create does, and another model has a limit of its own") {
  app::RunReport report = run_of(0);
  JobSpan refused = job(10, {});
  refused.named = false;
  refused.hold = Hold::none;
  JobSpan unclear = job(20, {});
  unclear.named = false;
  unclear.hold = Hold::unknown;
  JobSpan other = job(30, {});
  other.model = "another";
  report.history->jobs = {refused, unclear, other};
  const report::TokenSeries series = report::token_series(report, kAxis);
  CHECK(series.most[15] == 0);
  CHECK(series.most[25] == 100);
  CHECK(series.peak == 100);
  CHECK(series.other_models == 1);
  CHECK(report::job_bars(report, kAxis).size() == 1);  // the other model's: the only one with a name
}

TEST_CASE("when a job ends in the moment that another begins, they were never there together") {
  app::RunReport report = run_of(0);
  report.history->jobs = {job(10, 50), job(50, 60)};
  CHECK(report::token_series(report, kAxis).peak == 100);
}

TEST_CASE("refusals of creates and of uploads are counted where they happened and by the service's words") {
  app::RunReport report = run_of(1);
  const auto line = [&](int s, const char* event, const char* why) {
    report.history->journal.push_back({at(s), 0, "creating", event, "uploaded", why});
  };
  line(10, "create_refused", "quota");
  line(10, "create_refused", "quota");
  line(90, "upload_refused", "storage");
  line(95, "create_stopped", "key");
  const report::RefusalSeries series = report::refusal_series(report, kAxis);
  CHECK(series.total == 3);
  CHECK(series.times[static_cast<std::size_t>(kAxis.column(at(10)))] == 2);
  CHECK(std::accumulate(series.times.begin(), series.times.end(), 0) == 3);
  REQUIRE(series.groups.size() == 2);
  CHECK(series.groups[0].words == "quota");
  CHECK(series.groups[0].times == 2);
  CHECK(series.groups[1].first == at(90));
}

TEST_CASE("a bar goes from a job's creation to its end, and tells how it ended") {
  app::RunReport report = run_of(0);
  JobSpan vanished = job(70, {}, JobState::running);
  vanished.hold = Hold::none;
  vanished.observed_at = at(80);
  report.history->jobs = {job(60, {}, JobState::pending), job(10, 40, JobState::expired), vanished};
  const std::vector<report::JobBar> bars = report::job_bars(report, kAxis);
  REQUIRE(bars.size() == 3);
  CHECK(bars[0].fate == JobFate::expired);
  CHECK(bars[0].from == at(10));
  CHECK(bars[0].to == at(40));
  CHECK(bars[1].fate == JobFate::waiting);
  CHECK(bars[1].to == kAxis.to);
  CHECK(bars[2].fate == JobFate::gone);
  CHECK(bars[2].to == at(80));
}

TEST_CASE("many jobs share rows: no more rows than fit, no stretch beside the axis, no fate lost") {
  app::RunReport report = run_of(0);
  for (int i = 0; i < 1000; ++i)
    report.history->jobs.push_back(job(i % 240, i % 240 + 5, i == 500 ? JobState::failed : JobState::succeeded));
  const std::vector<report::JobBar> bars = report::job_bars(report, kAxis);
  const report::JobRows rows = report::job_rows(bars, kAxis, 160);
  CHECK(rows.jobs_a_row == 7);
  CHECK(rows.rows.size() == 143);
  int failed = 0;
  for (const auto& row : rows.rows)
    for (const report::Stretch& stretch : row) {
      CHECK(stretch.from < stretch.to);
      CHECK(stretch.from >= 0);
      CHECK(stretch.to <= 1000);
      failed += stretch.fate == JobFate::failed ? 1 : 0;
    }
  CHECK(failed == 1);
  CHECK(report::job_rows({}, kAxis).rows.empty());
}

TEST_CASE("the axis of a run that is over ends just behind what happened last, another's with now") {
  app::RunReport report = run_of(1);
  moved(report, 100, 0, ChunkState::done);
  report.history->journal.push_back({at(4000), {}, "", "purged", "", "by a person"});
  report.state = RunState::complete;
  CHECK(report::axis_of(report, at(5000)).to > at(100));
  CHECK(report::axis_of(report, at(5000)).to < at(105));
  report.state = RunState::waiting;
  CHECK(report::axis_of(report, at(5000)).to == at(5000));
}
