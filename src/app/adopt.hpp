// adopt: people are already in the middle. Jobs and files that another tool made are bound to the chunks of a plan, so
// that resume goes on as if batchctl had made them.
//
// Nothing is created, sent or deleted: the account is read, compared, and what agrees is recorded in one transaction
// together with the plan.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/submit.hpp"
#include "plan/adoption.hpp"

namespace batchctl::app {

struct AdoptRequest {
  /// With inputs: the run that submit would make of them. Without: the one called `run_name`, else the only one.
  SubmitRequest submit;
  /// A tracking JSON, a Markdown file (.md, .markdown), or `list`: only the account's own list.
  std::string from;
  bool dry_run = false;
  /// Asked once when there is something to bind; empty: yes.
  std::function<bool(const struct Adopted&)> agree = {};
};

struct Adopted {
  Run run;
  bool is_new = false;  // the run is planned by this command
  bool stored = false;  // the bindings, and the plan of a new run
  std::string from;
  std::vector<plan::AdoptableChunk> chunks;
  std::vector<plan::SeenJob> jobs;
  std::vector<plan::SeenFile> files;
  plan::Adoption adoption;
  std::set<std::string> understood;   // members, or header cells, of the note
  std::vector<std::string> unusable;  // entries of the note that name nothing
  std::int64_t unrelated = 0;         // jobs and files of the account that are none of the plan's
  /// 0: all that the note names is bound, or of the list all that seems to belong here; 3: some is not, as listed;
  /// 10: nothing fits the plan, and nothing is stored.
  ExitCode exit = ExitCode::done;
};

/// Chunks that got neither a job nor a file, and have none: resume uploads and creates them.
std::int64_t untouched(const Adopted& adopted);

/// The account is read whole before anything is decided, because what is not seen is paid for twice. Throws Fatal:
/// {not_finished} when it could not be read, {failed, "bad_note"}, {mismatch, "run_exists"} for inputs whose run is
/// there already, {failed, "declined"}, {busy}; then nothing is stored.
Adopted adopt(Context& context, const AdoptRequest& request);

}  // namespace batchctl::app
