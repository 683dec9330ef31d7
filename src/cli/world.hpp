// What the command line needs from the rooms it does not know: main fills this in.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/block.hpp"
#include "cli/notifier.hpp"
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
  std::string value;   // never printed
  std::string print;   // its fingerprint
  std::string origin;  // where it was found, for people
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
  bool stdin_is_terminal = false, stdout_is_terminal = false, stderr_is_terminal = false;
  std::string version;
  /// nullptr when there is no database and `create` is false.
  std::function<std::unique_ptr<Store>(const std::string& path, bool create)> open_store;
  MakeRecordSink make_record_sink;
  /// nullopt when no key is set anywhere.
  std::function<std::optional<Key>(const KeyPlaces&)> read_key;
  std::function<std::unique_ptr<BatchService>(const std::string& base_url, const std::string& key)> connect;
  std::function<int(const SandboxArguments&)> run_sandbox;
  std::function<std::string()> sandbox_guide;  // what its help says after the options
  std::function<std::string()> typed_line;     // from a terminal; empty at its end and when a signal came
  std::function<void()> catch_signals;
  std::function<int()> stop_signal;
  std::function<std::optional<std::string>(const char*)> environment;
  std::function<std::chrono::minutes(Instant)> utc_offset;  // of the person's clock
  std::function<bool(int pid)> is_alive;                    // on this machine
  std::function<ScreenSize(int descriptor)> screen_size;
  /// Permission bits of a path, and whether we may write in it; nullopt: it is not there.
  std::function<std::optional<std::pair<unsigned, bool>>(const std::string& path)> rights_of;
  /// Starts a command by /bin/sh with this on its standard input and no API key in its environment; nobody waits.
  std::function<std::unique_ptr<Running>(const std::string& command, const std::string& input)> start_command;
  /// Set by the command line; called twice a second while the service is waited for.
  std::function<void()> idle{};
};

/// Parses the command line, runs the verb, prints; returns the process's exit code. Throws nothing.
int run(int argc, char** argv, World& world);

}  // namespace batchctl::cli
