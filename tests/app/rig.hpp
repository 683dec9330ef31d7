// Everything a verb needs, without a network and without time: real SQLite in memory, the service that behaves, the
// clock that stands still. Input and raw results are real files in a directory of the test's own.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/download.hpp"
#include "app/report.hpp"
#include "app/resume.hpp"
#include "app/submit.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_service.hpp"
#include "store/open.hpp"

namespace batchctl::app {

using fakes::Call;
using fakes::Fault;
using fakes::FaultOrder;
using fakes::JobPlan;

// "For every n" takes each where it is fast, and every third under the sanitizers.
#ifdef __SANITIZE_ADDRESS__
inline constexpr int kStride = 3;
#else
inline constexpr int kStride = 1;
#endif

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string path(const std::string& name) const { return root_ + "/" + name; }

 private:
  std::string root_;
};

/// The disk without its syncs, and locks that this process holds against itself.
class RigFiles : public LocalFiles {
 public:
  std::function<void()> before_publish;  // may throw

  void make_directory(const std::string& path) override;
  void publish(const std::string& from, const std::string& to) override;
  bool exists(const std::string& path) const override;
  std::uint64_t size(const std::string& path) const override;
  void remove(const std::string& path) override;
  void remove_tree(const std::string& path) override;
  std::uint64_t free_bytes(const std::string&) const override { return 1ULL << 40U; }
  std::unique_ptr<FileLock> try_lock(const std::string& path) override;
  std::string absolute(const std::string& path) const override { return path; }

 private:
  std::shared_ptr<std::set<std::string>> locked_ = std::make_shared<std::set<std::string>>();
};

/// What was told, as lines; `on_move` may look at the store, for the move is committed.
struct Witness : Observer {
  std::vector<std::string> moves, words;
  std::function<void(const Move&)> on_move;
  void moved(const Move& move) override;
  void says(const Run& run, const std::string& line) override { words.push_back(run.name + ": " + line); }
  bool heard(const std::string& part) const;
};

/// The service behind a door that counts, may be watched, and may fall shut for ever (the process dies).
class Door : public BatchService {
 public:
  explicit Door(fakes::FakeService& service) : service_(service) {}
  Capabilities capabilities() const override { return service_.capabilities(); }
  void start(Ticket ticket, Request request) override;
  std::vector<Completion> wait(Instant wake_at) override;
  void abandon() override { service_.abandon(); }
  std::optional<Duration> clock_skew() const override { return service_.clock_skew(); }
  std::string how_to_cancel(const JobName& job) const override { return service_.how_to_cancel(job); }

  std::function<void(const Request&)> before_start;         // may throw
  std::function<void()> after_start;                        // may throw
  std::function<void(Instant&)> before_wait;                // may throw, or wake at another time
  const int* signal = nullptr;                              // not 0: the next wait returns at once, with nothing
  Instant patience_ends = from_unix_ms(1'805'000'000'000);  // months after the rig's clock begins

 private:
  fakes::FakeService& service_;
  int told_ = 0;
};

/// A service that takes so many jobs at a time.
inline fakes::FakeOptions with_cap(int jobs) {
  fakes::FakeOptions options;
  options.max_jobs = jobs;
  return options;
}

inline Stay patiently(Goal goal = Goal::round) { return {goal, true, std::nullopt, seconds{60}}; }
inline Stay at_most(Duration length) { return {Goal::round, true, length, seconds{60}}; }
inline Stay shortly(Goal goal = Goal::round, Duration patience = seconds{60}) {
  return {goal, false, std::nullopt, patience};
}

struct Rig {
  TempDir directory;
  fakes::FakeClock clock;
  fakes::FakeService service;
  Door door{service};
  std::function<void()> before_commit;  // throws: that commit fails
  std::unique_ptr<Store> store;
  RigFiles files;
  Witness witness;
  Random random{1};
  int signal = 0;
  Context context;
  SubmitRequest request;  // what `submit` asks for
  std::function<void(Options&)> options;

  explicit Rig(fakes::FakeOptions service_options = {});
  Context make_context();

  /// `n` questions in a file of this name; a chunk holds two unless `request` says otherwise.
  void ask(int n, const std::string& name = "qa.jsonl");

  Driven submit(const Stay& stay = shortly(Goal::submitted));
  /// A copy of the database as it is now; and the database as that copy is, as after restoring a backup.
  std::string back_up();
  void restore(const std::string& backup);

  /// The only run.
  Driven resume(const Stay& stay = shortly(), bool take_over = false);
  Downloaded download(bool partial = false);
  /// The exit code that the command would end with; Fatal's own when it ends that way.
  ExitCode exit_of(const std::function<Driven()>& verb);

  /// The process is gone: what it had under way is at the service or nowhere, and nothing of it is written any more.
  void die() { service.abandon(); }
  /// The next process, which opens the database on the disk (until the first time it is one in memory). Throws what
  /// opening throws; then there is no store, and it may be tried again.
  void reopen();
  void close();

  Run run(const std::string& name = "qa");
  RunReport report(const std::string& name = "qa") { return report_run(context, run(name).key); }
  Chunk chunk(int index, const std::string& name = "qa");
  ChunkState state(int index) { return chunk(index).state; }
  std::int64_t count(ChunkState state);
  /// The newest job's row of a chunk.
  Job job(int index) { return store->newest_job(chunk(index).key).value(); }
  RemoteFile file(int index) { return store->newest_file(chunk(index).key).value(); }
  void each_run(const std::function<void(const Run&, const std::vector<Chunk>&)>& body);

  int backups_ = 0;

  // ---- what must always hold
  /// Holds are those of the chunks' states, and what counts as in use is their sum.
  void check_rows();
  /// No display name has two jobs, and no chunk two that live.
  void check_service();
  /// `download` writes one line a record, in order, each answering its own question (when it has an answer).
  void check_results(int records, const std::string& name = "qa");
};

/// `bc/<run id>/<chunk index>` and the attempt of a display name `bc/<run id>/<chunk index>/a<attempt>/<hash>`.
std::string chunk_in(const std::string& display_name);
int attempt_in(const std::string& display_name);

/// Lines of the results file, as `status` words by index.
std::vector<std::string> statuses_in(const std::string& path);

}  // namespace batchctl::app
