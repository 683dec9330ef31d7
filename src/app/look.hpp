// A short look at the service for `status`: notes what it sees, moves no chunk, needs no lock.
#pragma once

#include <string>

#include "app/context.hpp"

namespace batchctl::app {

/// Asks when the newest observation is older than 30 s, for at most 5 s of wall time. Returns a line about why it could
/// not look; empty when it did or need not.
std::string look(Context& context, const Run& run);

}  // namespace batchctl::app
