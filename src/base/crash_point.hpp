// Named moments at which a test lets the process kill itself, as a power cut would (BATCHCTL_CRASH_AT=NAME[:NTH], for
// the NTH time, 1, that the moment comes), or stop, as a laptop's sleep would (BATCHCTL_STOP_AT, the same). For tests
// alone: only a build with BATCHCTL_CRASH_POINTS has them, and what people run (the preset `release`) has neither the
// variables nor the moments.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace batchctl {

/// In the order of a run's life.
enum class CrashPoint {
  database_made,
  chunks_stored,
  plan_stored,
  driver_begun,
  file_stored,
  upload_ended,
  upload_recorded,
  intent_stored,
  create_written,
  create_answered,
  create_recorded,
  create_doubted,
  list_read,
  absence_recorded,
  end_seen,
  end_recorded,
  download_begun,
  download_ended,
  download_renamed,
  result_stored,
  file_deleted,
  cancel_wished,
  cancel_recorded,
  cancel_told,
  results_written,
  errors_published,
};

struct CrashPointRow {
  CrashPoint point;
  std::string_view name;
  std::string_view moment;
};

inline constexpr std::array<CrashPointRow, 26> kCrashPoints = {{
    {CrashPoint::database_made, "database-made", "a migration is committed"},
    {CrashPoint::chunks_stored, "chunks-stored", "chunks are committed, the plan is not complete"},
    {CrashPoint::plan_stored, "plan-stored", "the plan is committed, nobody drives"},
    {CrashPoint::driver_begun, "driver-begun", "the epoch is raised"},
    {CrashPoint::file_stored, "file-stored", "the file's row is committed, nothing of it is sent"},
    {CrashPoint::upload_ended, "upload-ended", "the upload's answer is in hand, not committed"},
    {CrashPoint::upload_recorded, "upload-recorded", "the file is committed as here"},
    {CrashPoint::intent_stored, "intent-stored", "the intent is committed, the create is not sent"},
    {CrashPoint::create_written, "create-written", "the create is written, its answer is not handled"},
    {CrashPoint::create_answered, "create-answered", "the create's answer is in hand, not committed"},
    {CrashPoint::create_recorded, "create-recorded", "what the create's answer means is committed"},
    {CrashPoint::create_doubted, "create-doubted", "a dead process's create is committed as unclear"},
    {CrashPoint::list_read, "list-read", "a complete reading of the list ended, what it proves is not committed"},
    {CrashPoint::absence_recorded, "absence-recorded", "a create is committed as never made"},
    {CrashPoint::end_seen, "end-seen", "a job was seen ended, within the transaction that says so"},
    {CrashPoint::end_recorded, "end-recorded", "a job's end is committed, the chunk is not settled"},
    {CrashPoint::download_begun, "download-begun", "the first bytes of a result are written"},
    {CrashPoint::download_ended, "download-ended", "a result is here under its temporary name"},
    {CrashPoint::download_renamed, "download-renamed", "a result has its name, not committed"},
    {CrashPoint::result_stored, "result-stored", "a result is committed"},
    {CrashPoint::file_deleted, "file-deleted", "an input is deleted at the service, not committed"},
    {CrashPoint::cancel_wished, "cancel-wished", "the wish to cancel is committed"},
    {CrashPoint::cancel_recorded, "cancel-recorded", "chunks are committed as to be cancelled, no job is told"},
    {CrashPoint::cancel_told, "cancel-told", "the answer to a job's cancelling is in hand"},
    {CrashPoint::results_written, "results-written", "the results are written under temporary names"},
    {CrashPoint::errors_published, "errors-published", "the list of errors has its name, the results do not"},
}};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kCrashPoints.size(); ++i)
    if (kCrashPoints[i].point != static_cast<CrashPoint>(i)) return false;
  return kCrashPoints.back().point == CrashPoint::errors_published;
}
static_assert(is_in_order());

constexpr std::string_view name_of(CrashPoint point) { return kCrashPoints[static_cast<std::size_t>(point)].name; }

#ifdef BATCHCTL_CRASH_POINTS
inline constexpr bool kHasCrashPoints = true;

/// Kills or stops the process when this is the moment that was armed for it, for the time that was asked for.
void crash_point(CrashPoint point);
/// Each is NAME, NAME:NTH or empty (nothing is armed). Throws Fatal (usage) when it is none of these.
void arm_crash_points(std::string_view kill_at, std::string_view stop_at);
#else
inline constexpr bool kHasCrashPoints = false;

constexpr void crash_point(CrashPoint) {}
constexpr void arm_crash_points(std::string_view, std::string_view) {}
#endif

}  // namespace batchctl
