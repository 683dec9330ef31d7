// Finding runs by name, taking them over, and the words for when that cannot be done.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"

namespace batchctl::app {

/// The run of this name, else the only run. Throws Fatal{mismatch} when there is no such run, Fatal{usage} with the
/// list when none is named and there are several.
Run one_run(Context& context, const std::optional<std::string>& name);

/// The lock of a run's driver; nullptr when another process has it.
std::unique_ptr<FileLock> try_lock_run(Context& context, const Run& run);

/// As above, but Fatal{busy} naming pid, host and since.
std::unique_ptr<FileLock> lock_run(Context& context, const Run& run);

/// Refuses to act on a run with another key than its own: another project's key would find nothing of it.
void check_key(Context& context, const Run& run);

/// Fatal{attention, copied_database} when this state file is a copy: what was created since is not known here.
void must_be_original(Context& context);

/// A stop is cleared by trying once more; inside of a write. Not that of an older database: its driver looks again, and
/// clears it when the service agrees.
void try_again(Context& context, const Run& run);

/// A-Z a-z 0-9 . _ -, 1 to 64, no leading dot or dash.
bool is_run_name(const std::string& name);

/// The first code that applies of 4, 1, 75, 3, 0; 10 and 11 stand before 75.
ExitCode worst(const std::vector<ExitCode>& codes);

}  // namespace batchctl::app
