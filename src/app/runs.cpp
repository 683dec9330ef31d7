#include "app/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/ask.hpp"

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

namespace {

constexpr std::chrono::seconds kKeyTest{90};  // wall

/// A job of the run, else a file of it, that a key of the same project can read; nullopt: there is none to test with.
std::optional<Request> key_test(Context& context, const Run& run) {
  if (const std::optional<JobName> job = context.store.known_job(run.key)) return GetJob{*job};
  if (const std::optional<RemoteFileName> file = context.store.known_file(run.key)) return FindFile{*file};
  return std::nullopt;
}

[[noreturn]] void refuse_key(const Run& run, const std::string& why) {
  throw Fatal(ExitCode::attention, "other_key",
              fmt::format("run {} was submitted with another API key, and {}; nothing was changed", run.name, why),
              "use a key of the project that the run was submitted to");
}

}  // namespace

void check_key(Context& context, const Run& run) {
  if (run.key_print.empty() || context.key_print.empty() || run.key_print == context.key_print) return;
  const auto take_key = [&] { context.store.write([&] { context.store.set_key_print(run.key, context.key_print); }); };
  // As long as nothing of the run can be at the service (a mistyped key, say), any key is as good.
  const ChunkTally tally = context.store.chunk_tally(run.key);
  std::int64_t untouched = 0, total = 0;
  for (std::size_t i = 0; i < kChunkStates; ++i) {
    total += tally[i];
    const ChunkState state = static_cast<ChunkState>(i);
    if (state == ChunkState::planned || state == ChunkState::uploading) untouched += tally[i];
  }
  if (untouched == total) return take_key();

  std::optional<Request> test = key_test(context, run);
  if (!test || context.service == nullptr)
    refuse_key(run, "nothing of it is known at the service to test this one with");
  const std::optional<Answer> answer = ask(context, *std::move(test), kKeyTest);
  const Failure* failure = answer ? std::get_if<Failure>(&*answer) : nullptr;
  if (answer && failure == nullptr) {
    take_key();
    context.observer.says(run, "this key is another one than before and reads the run's jobs: the run goes on with it");
    return;
  }
  if (failure != nullptr && failure->kind == FailureKind::not_found)
    refuse_key(run, fmt::format("this one does not read its jobs (\"{}\"): it may belong to another project",
                                failure->message));
  if (failure != nullptr && failure->kind == FailureKind::stopped)
    throw Fatal(ExitCode::attention, failure->reason, failure->message, "batchctl resume " + run.name);
  throw Fatal(ExitCode::not_finished, "outage",
              fmt::format("run {} was submitted with another API key, and the service could not be asked whether this "
                          "one reads its jobs: {}",
                          run.name, failure == nullptr ? "no answer in time" : failure->message),
              "batchctl resume " + run.name);
}

void must_be_original(Context& context) {
  const std::optional<std::string> copied = context.store.copied_from();
  if (!copied) return;
  throw Fatal(ExitCode::attention, "copied_database",
              fmt::format("the state file {} is a copy: {}. What the original has created since is not known here, so "
                          "nothing was sent",
                          context.state_path, *copied),
              "if the original is no longer used: batchctl resume --take-over");
}

void try_again(Context& context, const Run& run) {
  const std::optional<Stop> stop = context.store.run(run.key).stop;
  const bool is_copy = stop && stop->reason == "copied_database";
  if (!is_copy || context.store.taking_over_since(run.key)) context.store.clear_stop(run.key);
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
