// A run's history as columns and bars: what pictures show, before anything is drawn. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/report.hpp"
#include "report/time_axis.hpp"

namespace batchctl::report {

/// Its history; an empty one when the snapshot has none.
const app::RunHistory& past(const app::RunReport& report);

/// From the submit to now; of a run that is over to just behind the last that happened.
TimeAxis axis_of(const app::RunReport& report, Instant now);

// ---- chunks

/// Chunk states that a picture keeps apart, from the bottom of the pile to its top.
enum class Band { done, failed, cancelled, fetching, submitted, creating, uploaded, planned };
inline constexpr std::size_t kBands = 8;
inline constexpr std::array<std::string_view, kBands> kBandNames = {
    "done", "failed", "cancelled", "fetching", "submitted", "being created", "uploaded", "planned"};
Band band_of(ChunkState state);

template <class Number>
using Columns = std::array<Number, TimeAxis::kColumns>;

/// Chunks by band at the end of each column. A chunk whose halves took over is counted until they did.
using ChunkSeries = std::array<Columns<std::int64_t>, kBands>;
ChunkSeries chunk_series(const app::RunReport& report, const TimeAxis& axis);

// ---- tokens

/// Estimated input tokens of the run's model that its jobs held. A create that was found not to have made a job held
/// none.
struct TokenSeries {
  Columns<std::int64_t> most{};  // within each column
  std::int64_t peak = 0;
  Instant peak_at;
  std::int64_t now = 0;
  int other_models = 0;  // jobs of these are not counted here
};
TokenSeries token_series(const app::RunReport& report, const TimeAxis& axis);

// ---- refusals

struct RefusalGroup {
  std::string words;  // the service's
  int times = 0;
  Instant first, last;
};
struct RefusalSeries {
  Columns<int> times{};
  int total = 0;
  std::vector<RefusalGroup> groups;  // most often first
};
RefusalSeries refusal_series(const app::RunReport& report, const TimeAxis& axis);

// ---- jobs

/// How a job ended; `waiting` and `running` jobs have not. `gone`: its end was never seen.
enum class JobFate { succeeded, running, waiting, gone, cancelled, expired, failed };
inline constexpr std::size_t kJobFates = 7;
inline constexpr std::array<std::string_view, kJobFates> kJobFateNames = {
    "succeeded", "running", "pending", "end not seen", "cancelled", "expired", "failed"};

struct JobBar {
  int chunk_index = 0;
  Instant from, to;
  JobFate fate = JobFate::waiting;
};
/// The jobs that the service has or had, by their beginning.
std::vector<JobBar> job_bars(const app::RunReport& report, const TimeAxis& axis);
std::array<int, kJobFates> count_fates(const std::vector<JobBar>& bars);

/// A stretch of one fate, in thousandths of the axis.
struct Stretch {
  int from = 0, to = 0;
  JobFate fate = JobFate::waiting;
  bool operator==(const Stretch&) const = default;
};
struct JobRows {
  int jobs_a_row = 1;
  std::vector<std::vector<Stretch>> rows;  // a later stretch of a row lies above an earlier one
};
/// At most `most` rows. Where a row stands for several jobs, its stretches are when any of them with that fate was
/// there.
JobRows job_rows(const std::vector<JobBar>& bars, const TimeAxis& axis, int most = 160);

}  // namespace batchctl::report
