// The sandbox stands in a module of its own beside the program, loaded for its verb alone: the HTTP server and what
// that needs would make every other start half as long again.
#pragma once

#include <string>

#include "cli/world.hpp"

namespace batchctl {

struct SandboxModule {
  static constexpr const char* kFile = "batchctl-sandbox.so";
  static constexpr const char* kSymbol = "batchctl_sandbox_module";

  /// Serves until `should_stop` says so; the exit code.
  int (*run)(const cli::SandboxArguments& arguments, bool (*should_stop)());
  /// What its help says after the options.
  std::string (*guide)();
};

}  // namespace batchctl

extern "C" const batchctl::SandboxModule batchctl_sandbox_module;
