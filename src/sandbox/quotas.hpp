// Whether a new job keeps a project's quotas, and how the 429 is worded when it does not. Pure: the rules, what jobs
// already take, and the instant come in as values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "sandbox/jobs.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/scenario.hpp"
#include "sandbox/usage.hpp"

namespace batchctl::sandbox {

/// As in scenarios and in the ledger.
const char* spelled(QuotaRule::Limit limit);

/// The rule that a request would break, and what the refusal says.
struct Breach {
  QuotaRule rule;
  QuotaNotice notice;
};

/// The printed limit of enqueued tokens of a model at a usage tier.
using PrintedTokens = std::function<std::optional<std::int64_t>(const std::string& model, int tier)>;

/// The first rule of the scenario, or the tier's printed limit after all of them, that `job` would break if it were
/// made now; nullopt when it may be made. Takes no account of storage.
std::optional<Breach> breach_of(const Scenario& scenario, const PrintedTokens& printed_tokens, Usage& usage,
                                const Job& job, Instant now);

/// The same for an uploaded file that brings the project's files to `stored_bytes`.
std::optional<Breach> storage_breach(const Scenario& scenario, std::uint64_t stored_bytes);

}  // namespace batchctl::sandbox
