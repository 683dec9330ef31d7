// The verbs that tell about the program itself: config, schema, completion, manual. They touch neither state nor
// service.
#pragma once

#include "base/exit_code.hpp"
#include "cli/arguments.hpp"

namespace batchctl::cli {

ExitCode describe(const Arguments& arguments, const ParserFacts& facts, const World& world);

}  // namespace batchctl::cli
