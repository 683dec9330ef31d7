// clean: removes what this database knows to be ours at the service and no longer needed: uploaded files, ended jobs
// and with them their outputs. Never a name that is not in the database, never a job whose result is not safe here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/download.hpp"

namespace batchctl::app {

struct RemoteObject {
  enum class Kind { file, job };
  Kind kind = Kind::file;
  std::string name;  // the service's
  int chunk_index = 0;
  ChunkKey chunk;
  FileKey file;             // of a file
  JobKey job;               // of a job
  bool look_first = false;  // it goes only if the service does not know it any more
};

struct KeptJob {
  std::string name;
  int chunk_index = 0;
  std::string why;
};

struct CleanPlan {
  Run run;
  std::vector<RemoteObject> objects;  // files, then jobs, by chunk
  std::vector<KeptJob> kept;
  bool is_purged = false;  // the jobs' outputs are the last of the raw results
  std::int64_t files = 0, jobs = 0;
};

struct Cleaned {
  CleanPlan plan;
  ExitCode exit = ExitCode::done;    // 75: something stays
  std::int64_t files = 0, jobs = 0;  // deleted, or found not to be there any more
  std::int64_t failed = 0;           // left, because of `failure`
  std::optional<Failure> failure;    // the first one
};

struct CleanRequest {
  std::optional<std::string> run_name;
  bool dry_run = false;                              // lists; sends nothing, needs no key
  std::function<bool(const CleanPlan&)> agree = {};  // asked once when there is something to remove; empty: yes
};

/// Throws Fatal: {not_finished, "not_at_rest"} naming the jobs while something of the run is under way, {busy} while
/// another process drives it, {attention, "copied_database"}, {failed, "declined"}. What is deleted is recorded one by
/// one, and what is not there any more counts as deleted, so it may be repeated after any interruption.
Cleaned clean(Context& context, const CleanRequest& request);

/// `--remote-cleanup all`: the same after the results of a whole run were written. What fails stays, and is said in one
/// line; throws Fatal only when interrupted.
void clean_up_after(Context& context, const Run& run, const Downloaded& downloaded);

}  // namespace batchctl::app
