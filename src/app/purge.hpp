// purge: removes the local bodies of a run that is complete: raw results, spooled input. Counts, hashes and what went
// wrong stay in the database; nothing at the service is touched.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"

namespace batchctl::app {

struct PurgePlan {
  Run run;
  std::vector<std::string> paths;  // what goes, whole directories too
  std::uint64_t files = 0, bytes = 0;
  std::optional<Instant> purged_at;  // it was purged before
};

struct PurgeRequest {
  std::optional<std::string> run_name;
  bool dry_run = false;
  std::function<bool(const PurgePlan&)> agree = {};  // asked once when there is something to remove; empty: yes
};

/// Throws Fatal: {not_finished, "not_complete"} unless every record has its outcome, {busy} while another process
/// drives the run, {failed, "declined"}. The purge is recorded first: after an interruption it may be repeated.
PurgePlan purge(Context& context, const PurgeRequest& request);

/// Fatal{failed, "purged"} when the run's raw results were purged.
void must_not_be_purged(Context& context, const Run& run);

}  // namespace batchctl::app
