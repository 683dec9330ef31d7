// Jobs whose requests come with the create call and whose responses come with get.
#pragma once

#include <string>

#include "base/time.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/jobs.hpp"

namespace batchctl::sandbox {

/// The Operation with its responses, which stand one a line in the file `output`.
Answer operation_with_responses(const Job& job, Instant now, const std::string& output);

}  // namespace batchctl::sandbox
