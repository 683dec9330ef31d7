// Everything around the runs that must be well for them to go on: key, service, clock, disk, database, limits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "base/exit_code.hpp"

namespace batchctl::app {

enum class Health { well, unknown, ill };

struct Check {
  std::string what;  // key, service, clock, directory, disk, database, limits
  Health health = Health::well;
  std::string says;                // what was found
  std::string mend;                // the command that mends it, or what a person does; empty when well
  ExitCode exit = ExitCode::done;  // of an ill one: attention or failed
};

/// What the caller has found out about the machine.
struct Surroundings {
  std::string key_origin;             // where the key was found; empty: nowhere
  std::string key_problem, key_mend;  // why it could not be read; empty: it could, or there is none
  bool offline = false;               // the service is not to be asked
  std::string base_url;
  std::string directory;  // of the state file
  bool directory_exists = false, directory_writable = false;
  unsigned directory_mode = 0;  // permission bits
  bool database_exists = false;
  std::string database_problem, database_mend;  // why it could not be opened
};

/// Asks the service once (a page of its job list, at most 10 s) when `context` has one. Where no database can be read,
/// its store is an empty one.
std::vector<Check> examine(Context& context, const Surroundings& found);

/// 4 when a person must act at the service or for the key, else 1 when something here is ill, else 0.
ExitCode exit_of(const std::vector<Check>& checks);

}  // namespace batchctl::app
