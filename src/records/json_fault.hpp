// Says what is wrong with a line that is no JSON. Slow and careful: only for the one line that ends a command.
#pragma once

#include <string>
#include <string_view>

namespace batchctl {

/// Such as `not valid JSON: unexpected end of input (column 17)`; `otherwise` is used when the slow parser finds
/// nothing wrong (numbers that do not fit into 64 bits, nesting too deep). Columns are bytes, from 1.
std::string describe_json_fault(std::string_view text, std::string_view otherwise);

}  // namespace batchctl
