// How a run stands, for people and for --json: one consistent reading of the database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/history.hpp"
#include "app/money.hpp"
#include "plan/run_state.hpp"

namespace batchctl::app {

struct ChunkReport {
  Chunk chunk;
  std::optional<RemoteFile> file;
  std::optional<Job> job;
};

/// The next thing that happens by time, while somebody drives the run.
struct NextEvent {
  Instant at;
  std::string what;  // `creating is tried again`
};

struct RunReport {
  Run run;
  std::vector<Input> inputs;
  RunState state = RunState::submitting;
  ChunkTally chunks{};
  JobTally jobs{};
  RecordTally records;
  std::int64_t in_repair = 0;  // records of `failed` that are being repaired, or will be without being asked
  UnsentTally unsent;
  Usage usage;
  RunCost cost;
  std::optional<plan::Pause> pause;
  std::optional<std::int64_t> token_limit;  // of the model: what may be enqueued at once; nullopt: not known
  std::optional<NextEvent> next_event;
  std::optional<Instant> eta;           // when the last job should end, by what jobs of the model took
  std::optional<Instant> purged_at;     // its raw results were removed: download has nothing to write from
  std::string next;                     // the command to go on with; empty: nothing left to do
  std::vector<ChunkReport> chunk_list;  // when asked for
  std::optional<RunHistory> history;    // when asked for
};

struct ChunkRange {
  int from = 0;
  int to = 2'000'000'000;
};

/// Reads one run. Needs no network and no key.
RunReport report_run(Context& context, RunKey run, std::optional<ChunkRange> list = std::nullopt,
                     WithHistory with_history = WithHistory::no);

/// The exit code that `resume` would end with now.
ExitCode exit_of(const RunReport& report);

}  // namespace batchctl::app
