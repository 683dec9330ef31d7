#include "sim/sharing.hpp"

#include <algorithm>
#include <optional>

#include "sim/driver.hpp"

namespace batchctl::sim {

Shared share(const Scenario& scenario, const Sharing& sharing, std::uint64_t seed) {
  const Instant start = from_unix_ms(1'795'392'000'000);
  const Instant second_start = start + sharing.second_starts;
  Work first_work(scenario, seed), second_work(scenario, seed + 1000);
  Service service(scenario, seed, start);
  Books common, apart;
  plan::Limits first_limits = sharing.first, second_limits = sharing.second;
  first_limits.tokens = second_limits.tokens = scenario.told;
  Driver first(first_work, service, common, 0, first_limits, seed);
  Driver second(second_work, service, sharing.one_machine ? common : apart, 1, second_limits, seed + 1);

  Shared result;
  double held = 0, allowed = 0, evenness = 0;
  std::optional<Instant> first_wake = start, second_wake = second_start;
  for (Instant now = start; first_wake || second_wake;) {
    // What one does may be of use to the other: both look at every event.
    if (first_wake) first_wake = first.act(now);
    if (second_wake && now >= second_start) second_wake = second.act(now);
    if (first_wake && now >= second_start) first_wake = first.act(now);
    std::optional<Instant> next = first_wake;
    if (second_wake && (!next || *second_wake < *next)) next = second_wake;
    if (!next) {
      result.makespan = now - start;
      break;
    }
    if (now >= second_start + sharing.settles && first.has_backlog() && second.has_backlog()) {
      const auto weighed = static_cast<double>((*next - now).count());
      const auto x = static_cast<double>(first.held_tokens()), y = static_cast<double>(second.held_tokens());
      held += weighed * (x + y);
      allowed += weighed * static_cast<double>(service.cap(now));
      const double mine = x / first_limits.weight, yours = y / second_limits.weight;
      evenness += weighed * (mine + yours) * (mine + yours) / (2 * std::max(1.0, mine * mine + yours * yours));
      result.judged += *next - now;
    }
    now = *next;
  }
  result.refusals = static_cast<int>(service.refused_at().size());
  if (allowed == 0) return result;
  result.held = held / allowed;
  result.jain = evenness / static_cast<double>(result.judged.count());
  return result;
}

}  // namespace batchctl::sim
