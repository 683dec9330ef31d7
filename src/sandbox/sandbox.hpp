// A local HTTP server that speaks the Gemini Files and Batch API, for rehearsing without a key or a bill, and an honest
// judge for tests: it keeps a ledger of everything it accepted.
//
// It listens on 127.0.0.1 only. Jobs need no timers: what a job is doing follows from its create time and the clock.
// With a directory the state outlives the process, also when the process is killed.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/scenario.hpp"
#include "sandbox/watch.hpp"

namespace batchctl::sandbox {

struct Options {
  int port = 0;  // 0 = any free one
  std::uint64_t seed = 1;
  std::string dir;                  // state that survives a restart; empty = a temporary directory, removed at the end
  double time_scale = 1.0;          // the clock reads epoch + (wall - epoch) * time_scale
  Instant epoch{};                  // left at zero: the second in which the server was made
  std::vector<std::string> keys;    // accepted keys; empty = every key but those that begin with "bad"
  std::vector<std::string> models;  // known models; empty = every one but those that begin with "unknown"
  Scenario scenario;
  std::string scenario_path;  // laid over `scenario`, and again whenever it changed; empty = none
  /// The printed limit of enqueued tokens of a model at a usage tier; needed for Scenario::tier.
  std::function<std::optional<std::int64_t>(const std::string& model, int tier)> printed_tokens;
  std::function<Instant()> now;                      // replaces the clock, for tests
  std::function<void(const Exchange&)> on_exchange;  // sees every answer before it is sent, for tests
};

/// A running sandbox. Keys of the form `PROJECT.anything` belong to one project, any other key is a project of its own.
/// The constructor binds the port and reads the directory; it throws Fatal when it cannot.
class Server {
 public:
  explicit Server(const Options& options);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string base_url() const;
  /// `SCALE@EPOCH`, as in BATCHCTL_CLOCK.
  std::string clock_text() const;

  void start();  // serves from threads of its own; returns once connections are answered
  void stop();   // ends all connections; may be repeated

  Ledger ledger() const;
  void add_fault(const FaultOrder& order);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// `batchctl sandbox`: prints the ready line to `out`, serves until `should_stop` says so, and returns the exit code.
int run(const Options& options, const std::function<bool()>& should_stop, std::FILE* out);

}  // namespace batchctl::sandbox
