#include "sim/simulation.hpp"

#include <stdexcept>

#include "sim/client.hpp"
#include "sim/driver.hpp"

namespace batchctl::sim {

namespace {

constexpr Duration kTooLong = hours{24 * 28};
const Instant kMonday = from_unix_ms(1'795'392'000'000);  // 2026-11-23T00:00:00Z

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

Outcome simulate(const Scenario& scenario, Policy policy, std::uint64_t seed) {
  // The day's limits make the hour of the start matter.
  Random dice(seed + 77);
  const Instant start = kMonday + scaled(hours{24}, dice.uniform(0, 1));
  Work work(scenario, seed);
  Service service(scenario, seed, start);
  Books books;
  plan::Limits limits;
  limits.tokens = scenario.told;
  std::unique_ptr<Client> client;
  if (policy == Policy::oracle)
    client = oracle(work, service);
  else if (policy == Policy::batchctl)
    client = std::make_unique<Driver>(work, service, books, 0, limits, seed);
  else
    client = script(policy, work, service);

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
  outcome.creates = static_cast<int>(service.made_at().size());
  for (const Instant at : service.refused_at()) outcome.refused_at.push_back(at - start);
  for (const Instant at : service.made_at()) outcome.made_at.push_back(at - start);
  client->tell(outcome);
  return outcome;
}

}  // namespace batchctl::sim
