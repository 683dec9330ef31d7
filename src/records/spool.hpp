// Input that cannot be read twice, or not as it lies, is copied once to a plain file of one JSON record a line.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

#include "core/run.hpp"
#include "records/inputs.hpp"

namespace batchctl {

struct Spooled {
  std::uint64_t bytes = 0;  // of the copy
  std::string suffix;       // what the copy's name must end with (container.hpp)
};

/// Copies the input to the file `to` (made or overwritten, flushed, not synced): JSON lines as they stand, everything
/// else converted to them. Decompresses: gzip (several members) by the name `.gz`, Zstandard (several frames) by the
/// name
/// `.zst`; standard input and pipes by their first bytes. Streams in 1 MiB pieces. `standard_input` is read when
/// `input.path` is empty. Throws Fatal{failed}: "bad_input" naming the input when it is truncated, damaged or cannot be
/// converted, "unreadable" when it cannot be opened, "disk" naming `to`, "stopped" when `stopped` says so. May be
/// repeated for files.
Spooled spool(const ResolvedInput& input, const Settings& settings, std::FILE* standard_input, const std::string& to,
              const std::function<bool()>& stopped = {});

/// Whether the input must be spooled before it can be scanned. Looks at the first bytes; throws as `spool` does.
bool needs_spool(const ResolvedInput& input, const Settings& settings);

}  // namespace batchctl
