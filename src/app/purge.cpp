#include "app/purge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "app/report.hpp"
#include "app/runs.hpp"
#include "base/text.hpp"

namespace batchctl::app {

namespace fs = std::filesystem;

namespace {

void must_be_complete(const RunReport& report) {
  const Run& run = report.run;
  const bool rests = plan::all_rest({.chunks = report.chunks});
  if (run.scanned && rests && report.records.outstanding == 0 && report.in_repair == 0) return;
  const std::string why =
      report.in_repair > 0 && rests
          ? spell_count(static_cast<std::uint64_t>(report.in_repair), "record") + " to be asked again"
          : fmt::format("{} without an outcome",
                        spell_count(static_cast<std::uint64_t>(report.records.outstanding), "record"));
  throw Fatal(ExitCode::not_finished, "not_complete",
              fmt::format("run {} is not complete ({}), so nothing was removed", run.name, why), report.next);
}

/// All that lies in the run's own directory, but for its lock.
void find_bodies(const Context& context, PurgePlan& plan) {
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(run_directory(context, plan.run.id), problem)) {
    if (entry.path().filename() == "lock") continue;
    plan.paths.push_back(entry.path().string());
    if (entry.is_symlink() || !entry.is_directory()) {
      ++plan.files;
      if (entry.is_regular_file()) plan.bytes += entry.file_size();
      continue;
    }
    for (const fs::directory_entry& below : fs::recursive_directory_iterator(entry.path()))
      if (below.is_regular_file()) {
        ++plan.files;
        plan.bytes += below.file_size();
      }
  }
  std::sort(plan.paths.begin(), plan.paths.end());
}

}  // namespace

PurgePlan purge(Context& context, const PurgeRequest& request) {
  const Run run = one_run(context, request.run_name);
  std::unique_ptr<FileLock> lock;
  if (!request.dry_run) lock = lock_run(context, run);
  const RunReport report = report_run(context, run.key);
  must_be_complete(report);
  PurgePlan plan;
  plan.run = report.run;
  plan.purged_at = report.purged_at;
  try {
    find_bodies(context, plan);
  } catch (const fs::filesystem_error& problem) {
    throw Fatal(ExitCode::failed, "disk", problem.what(), "see to the disk, then run the command again");
  }
  if (request.dry_run || (plan.paths.empty() && plan.purged_at)) return plan;
  if (request.agree && !request.agree(plan)) {
    if (is_interrupted(context))
      throw interruption(context, "interrupted; nothing was removed", "batchctl purge " + run.name);
    throw Fatal(ExitCode::failed, "declined", "nothing was removed", "purge again; --yes asks nothing");
  }
  const Instant now = context.clock.now();
  context.store.write([&] {
    context.store.purge_run(run.key, now);
    context.store.note(run.key, {}, now, "purged",
                       fmt::format("{}, {}", spell_count(plan.files, "file"), spell_size(plan.bytes)));
  });
  for (const std::string& path : plan.paths) context.files.remove_tree(path);
  if (!plan.purged_at) plan.purged_at = now;
  return plan;
}

void must_not_be_purged(Context& context, const Run& run) {
  const std::optional<Instant> at = context.store.purged_at(run.key);
  if (!at) return;
  throw Fatal(ExitCode::failed, "purged",
              fmt::format("the raw results of run {} were purged on {}: nothing can be written from them any more",
                          run.name, to_rfc3339(*at)),
              fmt::format("use the results file that was written before, or ask again: batchctl submit INPUT --run "
                          "{}-2",
                          run.name));
}

}  // namespace batchctl::app
