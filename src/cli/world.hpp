// What the command line needs from the rooms it does not know: main fills this in.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/batch_service.hpp"
#include "ports/clock.hpp"
#include "ports/local_files.hpp"
#include "ports/record_sink.hpp"
#include "ports/store.hpp"

namespace batchctl::cli {

struct KeyPlaces {
  std::optional<std::string> file, command;
};

struct Key {
  std::string value;  // never printed
  std::string print;  // its fingerprint
};

struct SandboxArguments {
  int port = 0;
  std::optional<std::uint64_t> max_jobs, enqueued_tokens;
  std::uint64_t seed = 1;
  std::string dir;
  double time_scale = 1.0;
  std::optional<Instant> epoch;
  std::optional<Duration> pending, running;
  std::optional<int> tier;
  std::vector<std::string> faults;  // orders, not yet read
  std::string scenario;             // path; empty: none
};

struct World {
  Clock& clock;
  LocalFiles& files;
  CreateTiming timing;
  std::function<std::string()> default_state_path;                  // Fatal when no home is known
  std::function<std::optional<std::string>()> default_limits_path;  // nullopt: no home is known
  std::function<std::optional<std::string>()> default_config_path;  // the same
  std::string host;
  int pid = 0;
  bool stdin_is_terminal = false, stderr_is_terminal = false;
  std::string version;
  /// nullptr when there is no database and `create` is false.
  std::function<std::unique_ptr<Store>(const std::string& path, bool create)> open_store;
  MakeRecordSink make_record_sink;
  /// nullopt when no key is set anywhere.
  std::function<std::optional<Key>(const KeyPlaces&)> read_key;
  std::function<std::unique_ptr<BatchService>(const std::string& base_url, const std::string& key)> connect;
  std::function<int(const SandboxArguments&)> run_sandbox;
  std::string sandbox_guide;                // what its help says after the options
  std::function<std::string()> typed_line;  // from a terminal; empty at its end and when a signal came
  std::function<void()> catch_signals;
  std::function<int()> stop_signal;
  std::function<std::optional<std::string>(const char*)> environment;
};

/// Parses the command line, runs the verb, prints; returns the process's exit code. Throws nothing.
int run(int argc, char** argv, World& world);

}  // namespace batchctl::cli
