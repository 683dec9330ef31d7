#include "plan/stock.hpp"

#include <algorithm>

#include "plan/backoff.hpp"
#include "plan/evidence.hpp"
#include "plan/pacific.hpp"
#include "plan/polling.hpp"

namespace batchctl::plan {

namespace {

// (t) in the comments below: tuned in simulation; a default, not a fact of the service.
constexpr Duration kFirstProbe = minutes{5};       // (t)
constexpr Duration kSlowestProbe = minutes{30};    // (t)
constexpr Duration kProbeAtCap = hours{1};         // (t) the learned limit is already the configured one
constexpr Duration kSlowestProbeAtCap = hours{4};  // (t)
constexpr Duration kStockBase = seconds{60};       // (t)
constexpr Duration kStockCap = minutes{15};        // (t)
constexpr Duration kStockCapIdle = hours{1};       // (t) refused with nothing in flight
constexpr double kMoved = 0.25;                    // (t) a limit measured so much elsewhere has moved
constexpr Duration kFresh = seconds{20};           // (t) after a look at the jobs a limit can be probed
constexpr double kYield = 0.85;                    // (t) of what is in flight, for another machine
constexpr std::int64_t kLittle = 10;               // (t) a tenth of the cap is not worth a refusal every half hour
constexpr Duration kLookAgain = seconds{1};

std::int64_t part_of(std::int64_t whole, double part) {
  return part >= 1 ? whole : static_cast<std::int64_t>(static_cast<double>(whole) * part);
}

/// What counts against the stocks: what we hold, and what has ended but may not be free yet.
Held counted(const QuotaView& view, Instant now) {
  Held held = view.held;
  const Ended late = ended_within(view.model.latest, view.model.late, now);
  held.tokens += late.tokens;
  held.jobs += late.jobs;
  return held;
}

QuotaEvent event_of(QuotaEvent::What what, const QuotaView& view, std::int64_t tokens, int jobs, Instant now) {
  return {what, now, view.held.tokens + tokens, view.held.jobs + view.project.others_jobs + jobs};
}

/// When a flow limit, if one explains the latest events, lets the next create through.
std::optional<Instant> turn_by_flow(const QuotaView& view, const Limits& limits, Instant now) {
  const std::optional<FlowLimit> flow = flow_limit(view.model.latest, now);
  if (!flow) return std::nullopt;
  return flow_opens(view.model.latest, *flow, limits.flow_precision);
}

/// A refusal far from where the last one was: the limit has moved, and may soon move again.
bool has_moved(const Quota& model, const QuotaEvent& refusal) {
  const std::vector<QuotaEvent>& latest = model.latest;
  const auto last = std::find_if(latest.rbegin(), latest.rend(),
                                 [](const QuotaEvent& one) { return one.what == QuotaEvent::What::refused; });
  if (last == latest.rend()) return true;
  const auto counted_at = [&](const QuotaEvent& one) {
    return static_cast<double>(one.tokens + ended_within(latest, model.late, one.at).tokens);
  };
  const double ratio = counted_at(refusal) / std::max(counted_at(*last), 1.0);
  return ratio > 1 + kMoved || ratio < 1 / (1 + kMoved);
}

/// Holds at what is in flight, in the terms that explain the refusal: tokens, a number of jobs, or both, which is right
/// whichever binds; an ended job makes room in both.
void hold_here(QuotaView& view, const Limits& limits, const QuotaEvent& refusal, std::int64_t tokens, bool yields,
               Instant now) {
  bool tokens_were_more = false, jobs_were_more = false;
  for (const QuotaEvent& event : view.model.latest) {
    if (event.what != QuotaEvent::What::made) continue;
    tokens_were_more = tokens_were_more || event.tokens >= refusal.tokens;
    jobs_were_more = jobs_were_more || event.jobs >= refusal.jobs;
  }
  const Held held = counted(view, now);
  if (!tokens_were_more || jobs_were_more) {
    const std::int64_t measured = yields ? part_of(held.tokens, kYield) : held.tokens + tokens / 2;
    const std::optional<std::int64_t> before = token_limit(view.model, limits);
    view.model.learned_tokens = before ? std::min(*before, measured) : measured;
  }
  if (!jobs_were_more || tokens_were_more) {
    const int jobs = yields ? std::max(1, static_cast<int>(part_of(held.jobs, kYield))) : held.jobs;
    const int measured = jobs + view.project.others_jobs;
    view.model.learned_jobs = std::min(view.model.learned_jobs.value_or(measured), measured);
  }
}

void forget_stocks(QuotaView& view) {
  view.model.learned_tokens.reset();
  view.model.learned_jobs.reset();
  view.model.probe_at.reset();
}

/// The jobs were looked at just now. Else a job that has ended unseen makes room, and a probe that takes it passes for
/// a limit that has risen.
bool is_fresh(const Quota& project, Instant now) {
  return !project.polled_at || (now >= *project.polled_at && now - *project.polled_at <= kFresh);
}

}  // namespace

std::optional<std::int64_t> token_limit(const Quota& model, const Limits& limits) {
  if (model.learned_tokens) return model.learned_tokens;
  return told_tokens(limits);
}

std::optional<std::int64_t> told_tokens(const Limits& limits) {
  if (!limits.tokens) return std::nullopt;
  return part_of(*limits.tokens, limits.quota_share);
}

int job_slots(const Limits& limits) {
  return std::max(1, static_cast<int>(part_of(limits.max_jobs, limits.quota_share)));
}

int job_limit(const QuotaView& view, const Limits& limits) {
  const int ours = job_slots(limits) - view.project.others_jobs;
  if (!view.model.learned_jobs) return ours;
  return std::min(ours, *view.model.learned_jobs - view.project.others_jobs);
}

Room room_for(const QuotaView& view, const Limits& limits, std::int64_t tokens, Instant now) {
  const std::optional<std::int64_t> limit = token_limit(view.model, limits);
  const Held held = counted(view, now);
  Room room;
  room.slot = held.jobs == 0 || held.jobs < job_limit(view, limits);
  room.tokens = !limit || held.tokens == 0 || held.tokens + tokens <= *limit;
  return room;
}

bool may_probe(const QuotaView& view, Instant now) {
  return view.model.probe_at && now >= *view.model.probe_at && is_fresh(view.project, now);
}

std::optional<Instant> probe_opens(const QuotaView& view, Instant now) {
  std::optional<Instant> opens = view.model.probe_at;
  if (opens && *opens <= now) opens = std::max(now + kLookAgain, view.project.polled_at.value_or(now) + kBacklogPoll);
  const std::optional<Instant> freed = next_freed(view.model.latest, view.model.late, now);
  if (freed && (!opens || *freed < *opens)) opens = freed;
  return opens;
}

/// Another run waits, and this one holds what its weight gives it; to the nearest chunk, so that none lies idle between
/// them. One job is always allowed.
bool has_its_share(const QuotaView& view, const Limits& limits, std::int64_t tokens) {
  if (view.share.hungry_others <= 0 || view.share.jobs == 0) return false;
  const double part = limits.weight / (limits.weight + view.share.hungry_others);
  if (static_cast<double>(view.share.jobs) + 0.5 > part * job_limit(view, limits)) return true;
  const std::optional<std::int64_t> limit = token_limit(view.model, limits);
  return limit && view.share.tokens + tokens / 2 > part_of(*limit, part);
}

void learn_from_refusal(QuotaView& view, const Limits& limits, Breaker& breaker, std::int64_t tokens, bool probe,
                        Instant now, Random& random) {
  const QuotaEvent refusal = event_of(QuotaEvent::What::refused, view, tokens, 1, now);
  const bool moved = has_moved(view.model, refusal);
  const std::optional<std::int64_t> limit = token_limit(view.model, limits);
  const Held before = counted(view, now);
  const bool beyond_jobs = before.jobs >= job_limit(view, limits);
  // A probe of a daily limit below the token limit measured no tokens.
  const bool measured = probe && (beyond_jobs || (limit && before.tokens + tokens > *limit));
  remember(view.model.latest, refusal);
  const std::optional<Instant> turn = turn_by_flow(view, limits, now);
  if (turn && *turn > now) {
    forget_stocks(view);
    breaker.refusals = 0;
    breaker.open_until.reset();
    return;
  }
  if (const Duration late = lateness(view.model.latest, view.model.late); late != view.model.late) {
    view.model.late = late;
    forget_stocks(view);
  }
  const std::int64_t in_flight = counted(view, now).tokens;
  if (in_flight > 0) hold_here(view, limits, refusal, tokens, limits.yields && !probe, now);
  // Within a chunk of what was told a probe can win one chunk at the most, which is little unless chunks are large.
  const std::optional<std::int64_t> told = told_tokens(limits);
  const std::int64_t little = told ? std::min(tokens, *told / kLittle) : 0;
  const bool at_cap = told && view.model.learned_tokens && *view.model.learned_tokens + little >= *told;
  if (at_cap)
    view.model.probe_interval = std::max(view.model.probe_interval, kProbeAtCap);
  else if (moved)
    view.model.probe_interval = kFirstProbe;
  if (measured && !moved)
    view.model.probe_interval = std::min(2 * view.model.probe_interval, at_cap ? kSlowestProbeAtCap : kSlowestProbe);
  view.model.probe_at = now + scaled(view.model.probe_interval, random.uniform(0.85, 1.15));
  if (in_flight == 0 || breaker.refusals > 1) {
    const Duration cap = in_flight == 0 ? kStockCapIdle : kStockCap;
    breaker.open_until = now + backoff(breaker.refusals - 1, kStockBase, cap, random);
    // An unnamed limit of a day ends at the service's midnight: that is not slept through.
    const Instant midnight = next_pacific_midnight(now) + scaled(minutes{1}, random.uniform(1.0, 5.0));
    breaker.open_until = std::min(*breaker.open_until, midnight);
  }
}

void learn_from_success(QuotaView& view, const Limits& limits, bool probe, Instant now) {
  remember(view.model.latest, event_of(QuotaEvent::What::made, view, 0, 0, now));
  const Held held = counted(view, now);
  const std::int64_t in_flight = held.tokens;
  const std::optional<std::int64_t> limit = token_limit(view.model, limits);
  // Only a create beyond the limit says that the limit has risen; the probe of a daily limit may be none.
  const bool beyond_tokens = probe && limit && in_flight > *limit;
  const int jobs = held.jobs + view.project.others_jobs;
  const bool beyond_jobs = probe && view.model.learned_jobs && jobs > *view.model.learned_jobs;
  if (beyond_tokens) {
    const std::optional<std::int64_t> told = told_tokens(limits);
    if (!told || (view.model.learned_tokens && *told > *view.model.learned_tokens))
      view.model.learned_tokens.reset();
    else
      view.model.learned_tokens = in_flight + in_flight / 2;
  } else if (view.model.learned_tokens) {
    view.model.learned_tokens = std::max(*view.model.learned_tokens, in_flight);
  }
  if (beyond_jobs) view.model.learned_jobs.reset();
  // The pace of the probes stays until a refusal shows that the limit has moved.
  if (beyond_tokens || beyond_jobs) view.model.probe_at.reset();
}

}  // namespace batchctl::plan
