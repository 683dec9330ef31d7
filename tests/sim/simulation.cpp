#include "sim/simulation.hpp"

#include <functional>
#include <stdexcept>

#include "sim/client.hpp"
#include "sim/driver.hpp"

namespace batchctl::sim {

namespace {

constexpr Duration kTooLong = hours{24 * 28};
const Instant kMonday = from_unix_ms(1'795'392'000'000);  // 2026-11-23T00:00:00Z

using MakeClient = std::function<std::unique_ptr<Client>(Work&, Service&)>;

Outcome play(const Scenario& scenario, std::uint64_t seed, const MakeClient& make) {
  // The day's limits make the hour of the start matter.
  Random dice(seed + 77);
  const Instant start = kMonday + scaled(hours{24}, dice.uniform(0, 1));
  Work work(scenario, seed);
  Service service(scenario, seed, start);
  const std::unique_ptr<Client> client = make(work, service);
  Outcome outcome;
  Instant now = start;
  while (now < start + kTooLong) {
    const std::optional<Instant> wake = client->act(now);
    if (!wake) {
      outcome.finished = true;
      break;
    }
    if (*wake <= now) throw std::logic_error("a policy wants to go on in the past");
    now = *wake;
  }
  outcome.makespan = now - start;
  for (const Instant at : service.refused_at()) outcome.refused_at.push_back(at - start);
  for (const Instant at : service.made_at()) outcome.made_at.push_back(at - start);
  client->tell(outcome);
  return outcome;
}

Outcome play_oracle(const Scenario& scenario, std::uint64_t seed) {
  std::optional<Outcome> best;
  for (const bool overtakes : {true, false})
    for (const bool repairs_first : {true, false}) {
      const OracleWay way{overtakes, repairs_first};
      Outcome one = play(scenario, seed, [&](Work& work, Service& service) { return oracle(way, work, service); });
      if (!best || one.makespan < best->makespan) best = std::move(one);
    }
  return *std::move(best);
}

}  // namespace

std::string name_of(Policy policy) {
  switch (policy) {
    case Policy::oracle:
      return "oracle";
    case Policy::batchctl:
      return "batchctl";
    case Policy::groups:
      return "groups";
    case Policy::endless:
      return "endless";
    case Policy::ten_jobs:
      return "ten-jobs";
  }
  throw std::logic_error("policy");
}

std::optional<Policy> policy_named(const std::string& name) {
  for (const Policy policy : kPolicies)
    if (name_of(policy) == name) return policy;
  return std::nullopt;
}

Outcome simulate(const Scenario& scenario, Policy policy, std::uint64_t seed, double flow_precision) {
  if (policy == Policy::oracle) return play_oracle(scenario, seed);
  Books books;
  return play(scenario, seed, [&](Work& work, Service& service) -> std::unique_ptr<Client> {
    if (policy != Policy::batchctl) return script(policy, work, service);
    plan::Limits limits;
    limits.tokens = scenario.told;
    limits.flow_precision = flow_precision;
    return std::make_unique<Driver>(work, service, books, 0, limits, seed);
  });
}

}  // namespace batchctl::sim
