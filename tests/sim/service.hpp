// The service as a model: what it takes, what it refuses, when its jobs end. It knows nothing of any policy.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "base/time.hpp"
#include "core/refusal.hpp"
#include "sim/scenario.hpp"
#include "sim/work.hpp"

namespace batchctl::sim {

enum class Said {
  made,
  refused,      // 429
  lost,         // made, but no answer came
  failing,      // 503, not made
  unreachable,  // not sent
};

struct Reply {
  Said said = Said::made;
  int job = -1;
  Refusal refusal;
};

class Service {
 public:
  Service(const Scenario& scenario, std::uint64_t seed, Instant start);

  /// Calls come in the order of time.
  Reply create(Instant now, const Piece& piece);
  bool is_reachable(Instant now) const;
  bool has_ended(int job, Instant now) const { return ends_at(job) <= now; }
  Instant ends_at(int job) const { return ends_[static_cast<std::size_t>(job)]; }

  /// For who knows everything: whether a create would be taken, and when that may next change by itself.
  bool would_take(Instant now, const Piece& piece);
  std::optional<Instant> next_change(Instant now);

  const std::vector<Instant>& refused_at() const { return refused_at_; }
  const std::vector<Instant>& made_at() const { return made_at_; }
  std::int64_t cap(Instant now) const;
  /// Token-milliseconds held until the last call, and that the cap allowed, between two instants.
  std::int64_t active_tokens(Instant now);

 private:
  struct Release {
    Instant at;
    std::int64_t tokens;
    bool operator>(const Release& other) const { return at > other.at; }
  };
  enum class Limit { none, tokens, jobs, creations, day };

  Limit binding(Instant now, const Piece& piece);
  void advance(Instant now);

  const Scenario& scenario_;
  Random random_;
  Instant start_;
  struct Level {
    Instant from;
    std::int64_t cap;
  };
  std::vector<Level> levels_;
  struct Outage {
    Instant from, to;
    bool answers;  // with 503; else nothing can be reached
  };
  std::vector<Outage> outages_;
  std::vector<Instant> ends_, made_at_, refused_at_;
  std::priority_queue<Release, std::vector<Release>, std::greater<>> active_;
  std::int64_t active_tokens_ = 0;
  Instant fifo_free_;
  Instant day_ends_;
  std::int64_t today_ = 0;
};

}  // namespace batchctl::sim
