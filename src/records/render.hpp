// A chunk's body, made again from the source while it is read: no chunk files, memory for one line.
#pragma once

#include <memory>
#include <vector>

#include "base/byte_source.hpp"
#include "core/chunk.hpp"
#include "core/overrides.hpp"
#include "core/run.hpp"

namespace batchctl {

/// The very bytes the scan hashed for these spans, as long as the inputs are what they were. `inputs` are by ordinal;
/// `settings.format` must be known. Reading throws Fatal{mismatch, "input_changed"} naming the file when it is gone,
/// shorter, or its lines no longer parse; a line that parses but says something else is found by the hash alone.
/// `overrides` are a repair chunk's.
std::unique_ptr<ByteSource> open_body(std::vector<Span> spans, std::vector<Input> inputs, const Settings& settings,
                                      const Overrides& overrides = {});

/// The settings that a repair chunk's records are rendered with; what else it overrides is laid over the lines.
Settings settings_for(const Settings& settings, const Overrides& overrides);

}  // namespace batchctl
