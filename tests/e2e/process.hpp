// The real binary as a test sees it: started with words and an environment, watched, killed at a moment, judged by its
// exit code, what it wrote and how much memory it took. Every process is waited for; none outlives its object.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "os/temporary_directory.hpp"

namespace batchctl::e2e {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// No command of these tests takes long; one that is still there after this hangs.
inline constexpr std::chrono::seconds kHangBound{kSanitized ? 300 : 120};

/// BATCHCTL_TIMING of every command: how long a create may be under way, in wall time. Long enough for a machine that
/// is busy with other tests to keep the promise behind it (an effect within `effect` or never), short enough to wait
/// for.
inline constexpr const char* kTiming =
    kSanitized ? "send=1s,create=2s,effect=4s,listed=5s" : "send=0.5s,create=1s,effect=2s,listed=5s";

struct Outcome {
  int exit = -1;      // -1: ended by a signal
  int signal = 0;     // the signal that ended it
  bool hung = false;  // it was killed at the hang bound
  std::string out, err;
  long peak_kib = 0;  // most resident memory
  std::string words;  // what was run, for messages

  /// All of it, for a failing check.
  std::string told() const;
  /// stdout as one JSON document; a discarded value when it is none.
  Json json() const;
  /// stdout as JSON lines.
  std::vector<Json> events() const;
  /// The last line of stdout.
  Json last_event() const;
};

struct Start {
  Words words;                       // without the binary
  Environment environment;           // all of it
  std::string directory;             // where it runs; empty: here
  std::optional<std::string> input;  // standard input through a pipe, at most 60,000 bytes; nullopt: /dev/null
  std::string output_path;           // where stdout goes instead, /dev/full for one
  std::string program = BATCHCTL_BINARY;
};

class Process {
 public:
  explicit Process(const Start& start);
  ~Process();  // kills it when nobody has waited
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void send(int signal) const;
  /// Waits until SIGSTOP has stopped it; false when it ended first or the hang bound passed.
  bool comes_to_a_stop();
  /// What it wrote so far.
  std::string out_so_far() const;
  std::string err_so_far() const;
  /// Waits until `text` is in stderr; false when the process ended first or the hang bound passed.
  bool wrote_to_stderr(const std::string& text);
  Outcome wait();

 private:
  bool reap(bool block);

  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
  long peak_kib_ = 0;
  int out_ = -1, err_ = -1;  // the files that stdout and stderr go to
  std::string words_;
};

/// Runs to the end.
Outcome run(const Start& start);

/// A sandbox process with its own ledger.
class Sandbox {
 public:
  explicit Sandbox(const Words& options);
  ~Sandbox();

  const std::string& base_url() const { return base_url_; }
  const std::string& clock() const { return clock_; }
  /// GET /__sandbox/ledger, whole or as a summary.
  Json ledger(bool whole = false) const;
  /// POST /__sandbox/faults.
  void order(const Json& fault) const;
  /// Ends it, so that nobody listens on its port any more.
  void stop();

 private:
  TemporaryDirectory home_;
  std::optional<Process> process_;
  std::string base_url_, clock_;
};

/// Options that let a sandbox's clock go on from where another's is now, at another pace.
Words clock_going_on(const Sandbox& sandbox, double scale);

/// What a desk does when a secret was told: ends the program, unless somebody sets something better.
std::function<void(const std::string&)>& on_secret_told();

/// A person's place: a home directory, a state file and a key, and the service that is talked to. Notices when, in
/// the end, one of the keys it was given or a part of an upload URL stands in a file that the test did not write, or
/// ever in what a command of `run` said.
class Desk {
 public:
  Desk();
  explicit Desk(const Sandbox& sandbox, const std::string& key = "test-key-of-a-desk");
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;
  ~Desk();
  void talk_to(const Sandbox& sandbox);

  /// Where commands run; their files go here.
  std::string directory() const { return home_ / "desk"; }
  std::string path(const std::string& name) const { return directory() + "/" + name; }
  std::string state_path() const { return home_ / "state/state.db"; }
  std::string write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;
  bool has(const std::string& name) const;

  Start start(Words words) const;
  Outcome run(Words words) const;
  /// The only run of `status RUN --json --offline`.
  Json status(const std::string& run_name, const Words& more = {"--offline"}) const;

  Environment environment;

 private:
  std::vector<std::string> secrets() const;

  TemporaryDirectory home_;
  mutable std::set<std::string> written_;  // by the test: paths
};

Words joined(Words words, const Words& more);
std::string read_file(const std::string& path);
std::vector<std::string> lines_of(const std::string& text);
/// So many different questions as JSON lines, from one seed.
std::string questions(int n, const std::string& word = "question");
/// Paths of all files below `directory`, relative to it.
std::vector<std::string> files_below(const std::string& directory);
/// What the ledger says against "every record of this run exactly once"; empty when nothing.
std::string not_exactly_once(const Json& whole_ledger, const std::string& run_id, int records, int chunks);
/// Says loudly that something was not tested, and why.
void skipped(const std::string& what);

}  // namespace batchctl::e2e
