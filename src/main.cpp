// Wires the rooms: the only file that knows them all but the sandbox, whose wiring is sandbox_module.cpp.
#include "base/crash_point.hpp"
#include "base/harmless.hpp"
#include "base/log.hpp"
#include "cli/world.hpp"
#include "gemini/service.hpp"
#include "os/background_command.hpp"
#include "os/environment.hpp"
#include "os/files.hpp"
#include "os/identity.hpp"
#include "os/key_source.hpp"
#include "os/module.hpp"
#include "os/paths.hpp"
#include "os/rights.hpp"
#include "os/signals.hpp"
#include "os/system_clock.hpp"
#include "os/terminal.hpp"
#include "os/time_zone.hpp"
#include "sandbox_module.hpp"
#include "store/open.hpp"
#include "store/record_file.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace {

using namespace batchctl;

std::unique_ptr<Store> open_database(const std::string& path, bool create) {
  if (path == ":memory:") return open_store_in_memory();
  return open_store(path, create ? OpenMode::create : OpenMode::existing);
}

std::optional<cli::Key> find_key(const cli::KeyPlaces& places) {
  os::KeyOptions options;
  options.file = places.file;
  options.command = places.command;
  const std::optional<std::string> key = os::read_key(options);
  if (!key) return std::nullopt;
  return cli::Key{*key, os::key_fingerprint(*key), os::key_origin(options)};
}

/// A command of --on-event, as the command line sees it.
class EventCommand : public cli::Running {
 public:
  EventCommand(const std::string& command, const std::string& input) : command_(command, input, kEventTime) {}
  bool is_over() override { return command_.is_over(); }
  std::string problem() const override { return command_.problem(); }
  std::string output() const override { return command_.output(); }

 private:
  static constexpr std::chrono::seconds kEventTime{30};  // wall
  os::BackgroundCommand command_;
};

const SandboxModule& sandbox_module() {
  return *static_cast<const SandboxModule*>(os::module_symbol(SandboxModule::kFile, SandboxModule::kSymbol));
}

int run_sandbox(const cli::SandboxArguments& arguments) {
  return sandbox_module().run(arguments, [] { return os::StopSignal::received() != 0; });
}

int run(int argc, char** argv) {
  if constexpr (kHasCrashPoints)
    arm_crash_points(os::environment("BATCHCTL_CRASH_AT").value_or(""),
                     os::environment("BATCHCTL_STOP_AT").value_or(""));
  os::name_lost_mappings();
  os::SystemClock clock(os::environment("BATCHCTL_CLOCK").value_or(""));
  os::DiskFiles files;
  cli::World world{
      .clock = clock,
      .files = files,
      .timing = os::parse_timing(os::environment("BATCHCTL_TIMING").value_or("")),
      .default_state_path = [] { return os::default_state_path(); },
      .default_limits_path = [] { return os::default_limits_path(); },
      .default_config_path = [] { return os::default_config_path(); },
      .host = os::host_name(),
      .pid = os::process_id(),
      .stdin_is_terminal = os::is_terminal(0),
      .stdout_is_terminal = os::is_terminal(1),
      .stderr_is_terminal = os::is_terminal(2),
      .version = BATCHCTL_VERSION,
      .open_store = open_database,
      .make_record_sink = make_record_file,
      .read_key = find_key,
      .connect = {},
      .run_sandbox = run_sandbox,
      .sandbox_guide = [] { return sandbox_module().guide(); },
      .typed_line = [] { return os::typed_line(os::StopSignal::received); },
      .catch_signals = os::StopSignal::install,
      .stop_signal = os::StopSignal::received,
      .environment = [](const char* name) { return os::environment(name); },
      .utc_offset = os::utc_offset,
      .is_alive = os::is_alive,
      .screen_size =
          [](int descriptor) {
            const os::TerminalSize size = os::terminal_size(descriptor);
            return cli::ScreenSize{size.columns, size.rows};
          },
      .rights_of = [](const std::string& path) -> std::optional<std::pair<unsigned, bool>> {
        const std::optional<os::Rights> rights = os::rights_of(path);
        return rights ? std::optional(std::pair(rights->mode, rights->writable)) : std::nullopt;
      },
      .start_command = [](const std::string& command, const std::string& input) -> std::unique_ptr<cli::Running> {
        return std::make_unique<EventCommand>(command, input);
      }};
  world.connect = [&](const std::string& base_url, const std::string& key) {
    gemini::Config config;
    config.base_url = base_url;
    config.key = key;
    config.timing = world.timing;
    config.user_agent = "batchctl/" BATCHCTL_VERSION;
    config.interrupted = [&world] {
      if (world.idle) world.idle();
      return os::StopSignal::received() != 0;
    };
    return gemini::connect(std::move(config), clock);
  };
  return cli::run(argc, argv, world);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const batchctl::Fatal& problem) {
    std::fprintf(stderr, "batchctl: %s\n", harmless(problem.what()).c_str());
    if (!problem.next().empty()) std::fprintf(stderr, "Next: %s\n", harmless(problem.next()).c_str());
    return static_cast<int>(problem.exit());
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "batchctl: a bug: %s\n", problem.what());
    return 1;
  }
}
