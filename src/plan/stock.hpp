// The stocks: tokens and jobs in flight. How much of them is free, what a refusal or a success teaches about them, when
// they are probed, and how runs share them. The inside of quota.hpp.
#pragma once

#include "plan/quota.hpp"

namespace batchctl::plan {

/// Whether a chunk fits beside what counts: what we hold, and what has ended but is known to come back late. With
/// nothing that counts it always does: else it never would.
struct Room {
  bool slot = true;
  bool tokens = true;
};
Room room_for(const QuotaView& view, const Limits& limits, std::int64_t tokens, Instant now);

/// The time of a probe has come, and the jobs were looked at just now.
bool may_probe(const QuotaView& view, Instant now);
/// When time alone may let a create through although a stock is full: a probe, or late quota that comes back.
std::optional<Instant> probe_opens(const QuotaView& view, Instant now);

/// Another run waits, and this one holds what its weight gives it.
bool has_its_share(const QuotaView& view, const Limits& limits, std::int64_t tokens);

/// A refusal that may be a stock's, or that names nothing. `breaker` already counts it.
void learn_from_refusal(QuotaView& view, const Limits& limits, Breaker& breaker, std::int64_t tokens, bool probe,
                        Instant now, Random& random);
void learn_from_success(QuotaView& view, const Limits& limits, bool probe, Instant now);

}  // namespace batchctl::plan
