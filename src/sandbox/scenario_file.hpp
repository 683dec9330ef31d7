// A scenario in a file that people edit while the sandbox runs.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "sandbox/scenario.hpp"

namespace batchctl::sandbox {

/// Not for several threads at once.
class ScenarioFile {
 public:
  /// Reads the file and lays it over `base`; throws Fatal (usage) when that cannot be. An empty path: `base` alone.
  ScenarioFile(std::string path, Scenario base);

  /// Looks whether the file is another one than at the last look, and reads it then. A file that has become broken
  /// changes nothing, which is said once on stderr.
  bool has_changed();
  /// As last read without a fault.
  const Scenario& scenario() const { return scenario_; }

 private:
  using Stamp = std::tuple<std::int64_t, std::int64_t, std::uint64_t, std::uint64_t>;  // modified (s, ns), size, inode

  Stamp stamp() const;
  Result<Scenario, std::string> read() const;

  std::string path_;
  Scenario base_;
  Stamp seen_;
  Scenario scenario_;
};

}  // namespace batchctl::sandbox
