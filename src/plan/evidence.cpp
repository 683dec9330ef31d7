#include "plan/evidence.hpp"

#include <algorithm>

namespace batchctl::plan {

namespace {

using What = QuotaEvent::What;

constexpr int kTimeHelped = 2;                    // (t) so many such refusals before a flow is believed …
constexpr int kTimeHelpedLate = 4;                // (t) … and before lateness is
constexpr Duration kTimeHelpedWithin = hours{2};  // (t)
constexpr double kMoreTokens = 1.02;              // (t) estimates are noisy: so much more is more
constexpr int kFewJobs = 3;                       // (t)
constexpr int kMostCreations = 10;                // (t) a flow of more in its time is none that waiting its turn helps
constexpr Duration kShortestFlow = minutes{1};    // (t) shorter ones are the group's business
constexpr Duration kLongestFlow = hours{2};       // (t) longer ones are found by probes
constexpr Duration kHalfProof = hours{24};        // (t) after so long a refusal proves half of what it did
constexpr Duration kLateness[] = {minutes{0}, minutes{5}, minutes{10}, minutes{15}, minutes{20}, minutes{30}};  // (t)

/// `other` was made with more in flight than was refused in `refusal`. Estimates are noisy, so as many jobs are no
/// more; but of few jobs each is a large part, and with nothing else in flight no ended job can have helped at all.
bool is_more(const QuotaEvent& other, const QuotaEvent& refusal, int few_jobs) {
  if (other.what != What::made) return false;
  const auto tokens = static_cast<double>(other.tokens), refused = static_cast<double>(refusal.tokens);
  if (refusal.jobs <= few_jobs) return other.jobs >= refusal.jobs && kMoreTokens * tokens >= refused;
  return other.jobs > refusal.jobs && tokens > kMoreTokens * refused;
}

/// The refusals that no stock explains, as a mark for each event.
std::vector<bool> time_helped(const std::vector<QuotaEvent>& latest, int few_jobs) {
  std::vector<bool> marks(latest.size(), false);
  for (std::size_t i = 0; i < latest.size(); ++i) {
    if (latest[i].what != What::refused) continue;
    for (std::size_t j = i + 1; j < latest.size() && !marks[i]; ++j) {
      if (latest[j].at > latest[i].at + kTimeHelpedWithin) break;
      marks[i] = is_more(latest[j], latest[i], few_jobs);
    }
  }
  return marks;
}

/// A limit may have risen: the older a refusal, the shorter the time that it proves too short.
Duration proven(Duration length, Duration age) {
  const double share = static_cast<double>(age.count()) / static_cast<double>(kHalfProof.count());
  return scaled(length, std::max(0.0, 1 - share / 2));
}

std::optional<FlowLimit> flow_of(int creations, const std::vector<QuotaEvent>& latest,
                                 const std::vector<bool>& unexplained, Instant now) {
  std::vector<Instant> made;
  FlowLimit limit{creations, Duration{}, Duration::max()};
  struct Refused {
    Duration after;
    Duration age;
    bool unexplained;
  };
  std::vector<Refused> refusals;
  for (std::size_t i = 0; i < latest.size(); ++i) {
    const QuotaEvent& event = latest[i];
    if (event.what == What::ended) continue;
    if (made.size() >= static_cast<std::size_t>(creations)) {
      const Duration after = event.at - made[made.size() - static_cast<std::size_t>(creations)];
      if (event.what == What::made)
        limit.made = std::min(limit.made, after);
      else
        refusals.push_back({after, now - event.at, unexplained[i]});
    } else if (unexplained[i] && latest.size() < kEventsKept) {
      return std::nullopt;  // refused before so many were made
    }
    if (event.what == What::made) made.push_back(event.at);
  }
  if (limit.made > kLongestFlow || limit.made < kShortestFlow) return std::nullopt;
  for (const Refused& refused : refusals) {
    if (refused.after < limit.made)
      limit.refused = std::max(limit.refused, proven(refused.after, refused.age));
    else if (refused.unexplained)
      return std::nullopt;
  }
  return limit;
}

/// The answers as they would be with ended jobs counted so much longer.
std::vector<QuotaEvent> counted_late(const std::vector<QuotaEvent>& latest, Duration late) {
  std::vector<QuotaEvent> counted;
  for (const QuotaEvent& event : latest) {
    if (event.what == What::ended) continue;
    counted.push_back(event);
    const Ended ended = ended_within(latest, late, event.at);
    counted.back().tokens += ended.tokens;
    counted.back().jobs += ended.jobs;
  }
  return counted;
}

std::int64_t count_time_helped(const std::vector<QuotaEvent>& latest) {
  const std::vector<bool> marks = time_helped(latest, 1);
  return std::count(marks.begin(), marks.end(), true);
}

}  // namespace

void remember(std::vector<QuotaEvent>& latest, const QuotaEvent& event) {
  latest.push_back(event);
  if (latest.size() > kEventsKept)
    latest.erase(latest.begin(), latest.end() - static_cast<std::ptrdiff_t>(kEventsKept));
}

std::optional<FlowLimit> flow_limit(const std::vector<QuotaEvent>& latest, Instant now) {
  const std::vector<bool> unexplained = time_helped(latest, kFewJobs);
  const auto refusals = static_cast<int>(std::count(unexplained.begin(), unexplained.end(), true));
  if (refusals < kTimeHelped) return std::nullopt;
  for (int creations = 1; creations <= std::min(refusals, kMostCreations); ++creations)
    if (const auto limit = flow_of(creations, latest, unexplained, now)) return limit;
  return std::nullopt;
}

std::optional<Instant> flow_opens(const std::vector<QuotaEvent>& latest, const FlowLimit& limit, double precision) {
  int left = limit.creations;
  for (auto event = latest.rbegin(); event != latest.rend(); ++event) {
    if (event->what != What::made || --left > 0) continue;
    const Duration between = limit.made - limit.refused;
    return event->at + (between > scaled(limit.made, precision) ? limit.refused + between / 2 : limit.made);
  }
  return std::nullopt;
}

Ended ended_within(const std::vector<QuotaEvent>& latest, Duration late, Instant at) {
  Ended ended;
  for (const QuotaEvent& event : latest) {
    if (event.what != What::ended || event.at > at || event.at <= at - late) continue;
    ended.tokens += event.tokens;
    ended.jobs += 1;
  }
  return ended;
}

std::optional<Instant> next_freed(const std::vector<QuotaEvent>& latest, Duration late, Instant now) {
  for (const QuotaEvent& event : latest)
    if (event.what == What::ended && event.at <= now && event.at + late > now) return event.at + late;
  return std::nullopt;
}

Duration lateness(const std::vector<QuotaEvent>& latest, Duration current) {
  const std::int64_t left = count_time_helped(counted_late(latest, current));
  if (left < kTimeHelpedLate) return current;
  Duration best = current;
  std::int64_t fewest = left / 2;  // it must explain half of them at least
  for (const Duration late : kLateness) {
    const std::int64_t unexplained = count_time_helped(counted_late(latest, late));
    if (unexplained >= fewest) continue;
    best = late;
    fewest = unexplained;
  }
  return best;
}

}  // namespace batchctl::plan
