// How a plan goes through the quota: what fits at once, what binds, how many times it must be filled. Pure, and every
// figure of it can be worked out again from the others.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace batchctl::plan {

/// Bytes of a project's files: "20 GB" of the rate-limits page, 2026-08-18. Of these we use plan::kStorageBudget.
inline constexpr std::int64_t kProjectStorage = 20'000'000'000;

/// The sizes of chunks as they are cut, in constant memory.
class ChunkSizes {
 public:
  void add(int index, std::int64_t tokens, std::uint64_t bytes, std::int64_t records);

  std::int64_t chunks() const { return chunks_; }
  std::int64_t records() const { return records_; }
  std::int64_t tokens() const { return tokens_; }
  std::uint64_t bytes() const { return bytes_; }
  std::int64_t largest() const { return largest_; }
  int largest_index() const { return largest_index_; }
  /// Of the chunks' tokens, to an eighth; 0 without a chunk.
  std::int64_t median() const;

 private:
  static constexpr int kParts = 8;  // of a doubling
  std::int64_t chunks_ = 0, records_ = 0, tokens_ = 0, largest_ = 0;
  std::uint64_t bytes_ = 0;
  int largest_index_ = 0;
  std::array<std::int64_t, 64 * kParts> counts_{};
};

enum class Binds { nothing, tokens, jobs, storage };
inline constexpr std::array<std::string_view, 4> kBindsNames = {"nothing", "tokens", "jobs", "storage"};
constexpr std::string_view name_of(Binds binds) { return kBindsNames[static_cast<std::size_t>(binds)]; }

struct ForecastFacts {
  std::int64_t chunks = 0, tokens = 0;
  std::uint64_t bytes = 0;
  std::int64_t cap = 0;  // tokens that may be enqueued
  int slots = 0;         // jobs that may be active
  std::optional<Duration> job_life;
};

struct Forecast {
  std::int64_t tokens_a_chunk = 0, bytes_a_chunk = 0;       // means, rounded up
  std::int64_t by_tokens = 0, by_jobs = 0, by_storage = 0;  // chunks that each allows at once
  std::int64_t at_once = 0;                                 // the least of them
  Binds binds = Binds::nothing;                             // whose it is, when not all chunks fit
  std::int64_t waves = 0;                                   // chunks / at_once, rounded up
  std::optional<Duration> length;                           // waves * job_life
};

Forecast forecast(const ForecastFacts& facts);

/// The middle one of what jobs took from create to end; nullopt without any.
std::optional<Duration> median_life(std::vector<Duration> lives);

/// What is left of a run, for the time of its end.
struct RestFacts {
  std::optional<Duration> job_life;  // the middle one of what jobs took; nullopt: none has ended
  std::vector<Instant> live_since;   // when each job that has not ended was made
  std::int64_t unsent = 0;           // chunks without a job
  std::int64_t at_once = 1;          // jobs that fit into the quota
  std::optional<Instant> opens;      // no create before this
};

/// When the last job should end: each takes the middle life, one that is older ends now, and what waits takes the place
/// of what ended. nullopt where nothing is left or no life is known.
std::optional<Instant> end_of(const RestFacts& rest, Instant now);

}  // namespace batchctl::plan
