// Repair chunks: records without a usable answer are cut into chunks of their own, which then live as any other does.
#pragma once

#include <cstdint>
#include <vector>

#include "app/context.hpp"
#include "core/overrides.hpp"
#include "core/record.hpp"

namespace batchctl::app {

/// What a person asks for.
struct RepairWish {
  std::vector<RecordStatus> only;  // empty: whatever is not ok
  Overrides overrides;             // go before what fits the outcome
};

/// The chunks for these records (sorted, each of a base chunk), with what fits into one by the run's limits; stores
/// nothing. Reads the base chunks that hold them once, and the records themselves once more. Throws Fatal: {mismatch,
/// "input_changed"} when the input is no longer what was sent, {usage} when the overrides do not fit the input's
/// format. Empty when it was asked to stop meanwhile.
std::vector<NewChunk> cut_repairs(Context& context, const Run& run, const std::vector<Input>& inputs,
                                  const std::vector<std::int64_t>& records, const Overrides& overrides);

}  // namespace batchctl::app
