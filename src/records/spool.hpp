// Input that cannot be read twice, or not as it lies, is copied to a plain file once.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "records/inputs.hpp"

namespace batchctl {

/// Copies the input's plain bytes to the file `to` (made or overwritten, flushed, not synced) and returns their number.
/// gzip (several members) by the name `.gz`, Zstandard (several frames) by the name `.zst`; standard input and pipes by
/// their first bytes, else as they come. Streams in 1 MiB pieces. `standard_input` is read when `input.path` is empty.
/// Throws Fatal{failed}: "bad_input" naming the input when it is truncated or damaged, "unreadable" when it cannot be
/// opened, "disk" naming `to`. May be repeated for files.
std::uint64_t spool(const ResolvedInput& input, std::FILE* standard_input, const std::string& to);

}  // namespace batchctl
