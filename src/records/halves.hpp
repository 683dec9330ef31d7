// A chunk's records as two chunks, when the whole is more than the quota will ever take.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/chunk.hpp"
#include "core/run.hpp"
#include "records/scan.hpp"

namespace batchctl {

/// Cuts a chunk of at least two records where half of its body is, reading its lines once more; each half has one at
/// least. The halves share the chunk's estimated tokens. `inputs` by ordinal; the indexes are left to the caller.
/// Throws Fatal{mismatch, "input_changed"} when the lines no longer make the chunk's body.
std::array<PlannedChunk, 2> cut_in_two(const Chunk& chunk, const std::vector<Span>& spans,
                                       const std::vector<Input>& inputs, const Settings& settings);

}  // namespace batchctl
