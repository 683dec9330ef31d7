// cancel: no new jobs, live ones are cancelled, whatever finished is kept.
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "app/drive.hpp"

namespace batchctl::app {

/// Stores the wish, which a process that drives the run obeys before its next create. nullopt when nothing is left to
/// cancel: every chunk rests.
std::optional<Run> wish_cancel(Context& context, const std::optional<std::string>& run_name);

/// Drives the run to its end, unless another process does: nullopt then.
std::optional<Driven> cancel(Context& context, const Run& run, const Stay& stay);

}  // namespace batchctl::app
