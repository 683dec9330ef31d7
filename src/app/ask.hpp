// One question to the service outside of the driver's loop, waited for.
#pragma once

#include <chrono>
#include <optional>

#include "app/context.hpp"

namespace batchctl::app {

/// The answer, or nullopt when none came in so much wall time or a signal came first; then everything that is under way
/// is given up. Only for requests that may be repeated, and only while no driver has requests under way.
std::optional<Answer> ask(Context& context, Request request, std::chrono::nanoseconds at_most);

}  // namespace batchctl::app
