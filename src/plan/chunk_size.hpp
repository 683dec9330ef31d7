// How large a chunk should be, so that the quota fills. Pure.
//
// With a cap of C tokens, J job slots, a mean wait of p and a speed of r, W tokens take W (p + w/r) / min(C, J w): less
// with larger chunks until J of them fill the cap, more after. So chunks are as small as still fills it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/quota.hpp"

namespace batchctl::plan {

struct SizeFacts {
  std::optional<std::int64_t> cap;   // tokens that may be enqueued; nullopt: the model's first paid tier is assumed
  int slots = 95;                    // jobs that may be active
  std::optional<Duration> spacing;   // mean time between creations that a learned flow limit allows
  std::optional<Duration> job_life;  // from create to end, on average
};

/// What earlier runs of the project have learned about the flow of creations and the life of jobs.
void add_learned(SizeFacts& facts, const Quota& model, Instant now);

struct ChunkSize {
  std::int64_t tokens = 0;
  std::uint64_t bytes = 0;
  bool for_spacing = false;  // larger than the cap asks for, because creations are few
};

/// The cap over 95 % of the slots (90 of 95, the rest for repair chunks); larger when so few creations are allowed that
/// the cap would never fill, up to a quarter of it. Bytes: all slots together stay below 0.8 of the project's 20 GB.
ChunkSize chunk_size(std::string_view model, const SizeFacts& facts);

/// How long a job is in flight on average, by Little's law: how many there are over how many end a time. nullopt: too
/// few ends were seen.
std::optional<Duration> mean_job_life(const std::vector<QuotaEvent>& latest);

/// Refused so often with nothing else in flight, and more than half of the largest chunk that was ever accepted (0:
/// none was): waiting does not help, the chunk must be cut in two. Not below 1 % of the smallest printed limit:
/// whatever refuses so little is no limit of tokens.
inline constexpr int kRefusedAlone = 3;
inline constexpr std::int64_t kWorthCutting = 30'000;  // (t)
bool can_never_fit(int refused_alone, std::int64_t tokens, std::int64_t largest_accepted);

}  // namespace batchctl::plan
