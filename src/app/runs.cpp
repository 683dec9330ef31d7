#include "app/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace batchctl::app {

Run one_run(Context& context, const std::optional<std::string>& name) {
  if (name) {
    std::optional<Run> run = context.store.run_named(*name);
    if (!run)
      throw Fatal(ExitCode::mismatch, "no_such_run", fmt::format("no run is called {}", *name),
                  "batchctl runs lists them");
    return *std::move(run);
  }
  std::vector<Run> runs = context.store.runs();
  if (runs.empty())
    throw Fatal(ExitCode::mismatch, "no_such_run", "there are no runs yet", "batchctl submit INPUT begins one");
  if (runs.size() == 1) return std::move(runs.front());
  std::string list;
  for (const Run& run : runs) list += (list.empty() ? "" : ", ") + run.name;
  throw Fatal(ExitCode::usage, "which_run", "there are several runs: " + list, "name one of them");
}

std::unique_ptr<FileLock> try_lock_run(Context& context, const Run& run) {
  const std::string directory = run_directory(context, run.id);
  context.files.make_directory(directory);
  return context.files.try_lock(directory + "/lock");
}

std::unique_ptr<FileLock> lock_run(Context& context, const Run& run) {
  std::unique_ptr<FileLock> lock = try_lock_run(context, run);
  if (lock) return lock;
  std::string who = "another batchctl";
  const std::optional<Run> newest = context.store.run_named(run.name);  // it may have begun since `run` was read
  if (newest && newest->driver)
    who = fmt::format("another batchctl (pid {} on {}, since {})", newest->driver->pid, newest->driver->host,
                      to_rfc3339(newest->driver->since));
  throw Fatal(ExitCode::busy, "busy", fmt::format("{} is driving run {}", who, run.name),
              fmt::format("let it finish, or look with: batchctl status {}", run.name));
}

void check_key(Context& context, const Run& run) {
  if (run.key_print.empty() || context.key_print.empty() || run.key_print == context.key_print) return;
  // As long as nothing of the run can be at the service (a mistyped key, say), any key is as good.
  const ChunkTally tally = context.store.chunk_tally(run.key);
  std::int64_t untouched = 0, total = 0;
  for (std::size_t i = 0; i < kChunkStates; ++i) {
    total += tally[i];
    const ChunkState state = static_cast<ChunkState>(i);
    if (state == ChunkState::planned || state == ChunkState::uploading) untouched += tally[i];
  }
  if (untouched == total) return context.store.write([&] { context.store.set_key_print(run.key, context.key_print); });
  throw Fatal(ExitCode::attention, "other_key",
              fmt::format("run {} was submitted with another API key; its jobs and files may belong to another project",
                          run.name),
              "use the key it was submitted with");
}

bool is_run_name(const std::string& name) {
  if (name.empty() || name.size() > 64 || name.front() == '.' || name.front() == '-') return false;
  return name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
         std::string::npos;
}

ExitCode worst(const std::vector<ExitCode>& codes) {
  constexpr std::array order = {ExitCode::attention, ExitCode::failed,       ExitCode::mismatch,
                                ExitCode::busy,      ExitCode::not_finished, ExitCode::incomplete};
  for (const ExitCode code : order)
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return code;
  return ExitCode::done;
}

}  // namespace batchctl::app
