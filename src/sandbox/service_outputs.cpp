#include <filesystem>

#include "sandbox/output_rows.hpp"
#include "sandbox/service.hpp"

namespace batchctl::sandbox {

/// The path of a job's output, which is made when it is first asked for; nullopt when the job has none (yet).
std::optional<std::string> Service::output_path_of(const std::string& project, const std::string& id) {
  const std::lock_guard one_at_a_time(output_mutex_);
  Job job;
  std::string input;
  std::string output;
  {
    const std::lock_guard lock(mutex_);
    const Job* found = state_.find_job(project, id);
    if (found == nullptr || !view_of(*found, now()).names_output || found->output_gone) return std::nullopt;
    job = *found;
    input = state_.input_path(id);
    output = state_.output_path(id);
  }
  // An output that the ledger does not know was made by a process that was killed just then.
  if (job.is_counted && std::filesystem::exists(output)) return output;
  const TokenCounts counts = write_output(job, input, output);
  const std::lock_guard lock(mutex_);
  if (state_.find_job(project, id) == nullptr) {
    std::filesystem::remove(output);  // the batch was deleted just now
    return std::nullopt;
  }
  state_.count_output(id, counts);
  return output;
}

}  // namespace batchctl::sandbox
