// A request that was made from another shape, in pieces, so that settings can be laid beside what a line says itself.
#pragma once

#include <cstdint>
#include <string>

namespace batchctl {

/// Valid JSON without needless space.
struct RequestParts {
  std::string contents;           // elements of the array `contents`, at least one
  std::string system_parts;       // elements of `systemInstruction.parts`; empty: no system instruction
  std::string generation_config;  // members of `generationConfig`; empty: none
  std::int64_t tokens = 0;        // estimated, of all that the model reads

  void clear() { contents.clear(), system_parts.clear(), generation_config.clear(), tokens = 0; }
};

}  // namespace batchctl
