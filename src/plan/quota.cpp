#include "plan/quota.hpp"

#include <algorithm>

#include "plan/backoff.hpp"
#include "plan/pacific.hpp"
#include "plan/stock.hpp"

namespace batchctl::plan {

namespace {

// (t) in the comments below: tuned in simulation; a default, not a fact of the service.
constexpr Duration kDayProbe = hours{1};  // (t)
constexpr Duration kLongestDay = hours{26};
constexpr Duration kAnswerSoon = seconds{1};  // look again: another driver's create is on its way
constexpr int kPatientRefusals = 3;           // (t) below this an ended job calls the next create at once
constexpr int kSuccessesPerPlace = 10;        // (t) a halved group regains a place

bool is_stock(PauseKind kind) {
  return kind == PauseKind::stock || kind == PauseKind::unknown || kind == PauseKind::jobs;
}

int group_size(const Quota& project, const Limits& limits) {
  return std::max(1, std::min(limits.group_size, project.group_size_now.value_or(limits.group_size)));
}

/// A pause that ends later than any pause can is a clock that was set back.
bool is_new_group(const Quota& project, const Limits& limits, Instant now) {
  return !project.group_until || now >= *project.group_until || *project.group_until > now + limits.group_delay;
}

void halve_group(Quota& project, const Limits& limits) {
  project.group_size_now = std::max(1, group_size(project, limits) / 2);
  project.group_left = std::min(project.group_left, *project.group_size_now);
  project.creates_ok = 0;
}

Breaker& row_for(QuotaView& view, const std::string& model, PauseKind kind, Instant now) {
  for (Breaker& breaker : view.breakers)
    if (breaker.model == model && breaker.kind == kind) {
      if (breaker.refusals == 0) breaker.since = now;
      return breaker;
    }
  Breaker fresh;
  fresh.project = view.project.project;
  fresh.model = model;
  fresh.kind = kind;
  fresh.since = now;
  return view.breakers.emplace_back(fresh);
}

Duration flow_hint(const Refusal& refusal, Random& random) {
  const Duration hint = std::clamp<Duration>(refusal.retry_after.value_or(seconds{60}), seconds{1}, minutes{15});
  return hint + seconds{1} + scaled(seconds{5}, random.uniform(0.0, 1.0));
}

Instant end_of_day(const Refusal& refusal, Instant now, Random& random) {
  const Duration spread = scaled(minutes{1}, random.uniform(1.0, 5.0));
  if (refusal.retry_after && *refusal.retry_after > hours{1})
    return now + std::min<Duration>(*refusal.retry_after, kLongestDay) + spread;
  return next_pacific_midnight(now) + spread;
}

}  // namespace

Admission admit(const QuotaView& view, const Limits& limits, std::int64_t tokens, Instant now) {
  Admission result;
  for (const Breaker& breaker : view.breakers) {
    if (breaker.kind == PauseKind::storage || !breaker.open_until || now >= *breaker.open_until) continue;
    if (breaker.probe_at && now >= *breaker.probe_at) {
      result.probe = true;
      continue;
    }
    const Instant opens = breaker.probe_at ? std::min(*breaker.probe_at, *breaker.open_until) : *breaker.open_until;
    if (result.gate == Gate::open || opens > *result.opens) {
      result.gate = Gate::breaker;
      result.opens = opens;
      result.breaker = &breaker;
    }
  }
  if (result.gate != Gate::open) return result;

  if (view.held.jobs >= job_slots(limits) - view.project.others_jobs) {
    result.gate = Gate::jobs;
    return result;
  }
  const Room room = room_for(view, limits, tokens, now);
  if (!room.slot || !room.tokens) {
    if (may_probe(view, now)) {
      result.probe = true;
    } else {
      result.gate = room.tokens ? Gate::jobs : Gate::tokens;
      result.opens = probe_opens(view, now);
      const std::optional<std::int64_t> told = told_tokens(limits);
      result.learned = room.tokens || (view.model.learned_tokens && (!told || *view.model.learned_tokens < *told));
      for (const Breaker& breaker : view.breakers)
        if (is_stock(breaker.kind) && (result.breaker == nullptr || breaker.since > result.breaker->since))
          result.breaker = &breaker;
      return result;
    }
  }
  if (!result.probe && has_its_share(view, limits, tokens)) {
    result.gate = Gate::share;
    return result;
  }
  if (const std::optional<FlowLimit> flow = flow_limit(view.model.latest, now)) {
    const std::optional<Instant> opens = flow_opens(view.model.latest, *flow, limits.flow_precision);
    if (opens && now < *opens) {
      result.gate = Gate::flow;
      result.opens = opens;
      result.flow = flow;
      return result;
    }
  }
  if (view.held.newest_intent) {
    result.gate = Gate::in_flight;
    result.opens = now + kAnswerSoon;
    return result;
  }
  if (!is_new_group(view.project, limits, now) && view.project.group_left <= 0) {
    result.gate = Gate::group;
    result.opens = view.project.group_until;
  }
  return result;
}

void note_intent(QuotaView& view, const Limits& limits, bool probe, Instant now) {
  Quota& project = view.project;
  if (is_new_group(project, limits, now)) project.group_left = group_size(project, limits);
  project.group_left = std::max(0, project.group_left - 1);
  project.group_until = now + limits.group_delay;
  if (!probe) return;
  if (view.model.probe_at && now >= *view.model.probe_at) view.model.probe_at = now + view.model.probe_interval;
  for (Breaker& breaker : view.breakers)
    if (breaker.probe_at && now >= *breaker.probe_at) breaker.probe_at = now + kDayProbe;
}

void note_answer(QuotaView& view, const Limits& limits, Instant now) {
  view.project.group_until = now + limits.group_delay;
}

void note_success(QuotaView& view, const Limits& limits, bool probe, Instant now) {
  for (Breaker& breaker : view.breakers) {
    if (breaker.kind == PauseKind::storage) continue;  // a create says nothing about storage
    breaker.refusals = 0;
    breaker.open_until.reset();
    breaker.probe_at.reset();
  }
  learn_from_success(view, limits, probe, now);
  Quota& project = view.project;
  if (project.group_size_now && ++project.creates_ok >= kSuccessesPerPlace) {
    project.creates_ok = 0;
    if (++*project.group_size_now >= limits.group_size) project.group_size_now.reset();
  }
}

Breaker note_refusal(QuotaView& view, const Limits& limits, const Refusal& refusal, std::int64_t tokens, bool probe,
                     Instant now, Random& random) {
  Breaker& breaker = row_for(view, view.model.model, refusal.kind, now);
  breaker.refusals += 1;
  breaker.quota_id = refusal.quota_id;
  breaker.message = refusal.message;
  switch (refusal.kind) {
    case PauseKind::day:
      breaker.open_until = end_of_day(refusal, now, random);
      breaker.probe_at = now + kDayProbe;
      break;
    case PauseKind::minute:
      breaker.open_until = now + flow_hint(refusal, random);
      halve_group(view.project, limits);
      break;
    case PauseKind::spend:
      breaker.open_until = now + scaled(minutes{10}, random.uniform(0.85, 1.15));
      halve_group(view.project, limits);
      break;
    case PauseKind::jobs: {  // named: the tokens had nothing to do with it
      const std::optional<std::int64_t> tokens_known = view.model.learned_tokens;
      learn_from_refusal(view, limits, breaker, tokens, probe, now, random);
      view.model.learned_tokens = tokens_known;
      if (view.held.jobs > 0) view.model.learned_jobs = view.held.jobs + view.project.others_jobs;
      break;
    }
    case PauseKind::stock:
    case PauseKind::unknown:
      learn_from_refusal(view, limits, breaker, tokens, probe, now, random);
      break;
    case PauseKind::storage:
    case PauseKind::zero:
    case PauseKind::outage:
    case PauseKind::cost:
    case PauseKind::pilot:
    case PauseKind::disk:
      break;
  }
  return breaker;
}

Breaker note_upload_refusal(QuotaView& view, const Refusal& refusal, Instant now, Random& random) {
  Breaker& breaker = row_for(view, "", PauseKind::storage, now);
  const bool again = breaker.open_until && now < *breaker.open_until;  // sent together, refused together
  breaker.quota_id = refusal.quota_id;
  breaker.message = refusal.message;
  if (again) return breaker;
  breaker.refusals += 1;
  if (refusal.kind == PauseKind::day)
    breaker.open_until = end_of_day(refusal, now, random);
  else if (refusal.kind == PauseKind::minute)
    breaker.open_until = now + flow_hint(refusal, random);
  else
    breaker.open_until = now + backoff(breaker.refusals - 1, minutes{5}, hours{1}, random);
  return breaker;
}

Admission admit_upload(const QuotaView& view, std::uint64_t bytes, Instant now) {
  Admission result;
  for (const Breaker& breaker : view.breakers) {
    const bool stops_uploads = breaker.kind == PauseKind::storage || breaker.kind == PauseKind::outage;
    if (!stops_uploads || !breaker.open_until || now >= *breaker.open_until) continue;
    if (result.opens && *result.opens >= *breaker.open_until) continue;
    result.gate = Gate::breaker;
    result.opens = breaker.open_until;
    result.breaker = &breaker;
  }
  if (!result.admitted() || view.stored.bytes == 0 || view.stored.bytes + bytes <= kStorageBudget) return result;
  result.gate = Gate::storage;
  result.opens = view.stored.frees_at;
  return result;
}

Breaker note_outage(QuotaView& view, const std::string& message, Instant now, Random& random) {
  Breaker& breaker = row_for(view, "", PauseKind::outage, now);
  breaker.message = message;
  // Requests that were under way together fail together: that is one outage, not several.
  if (breaker.open_until && now < *breaker.open_until) return breaker;
  breaker.open_until = now + backoff(breaker.refusals, seconds{5}, minutes{5}, random);
  breaker.refusals += 1;
  return breaker;
}

std::vector<Breaker> note_completion(QuotaView& view, std::int64_t tokens, Instant now, Random& random) {
  remember(view.model.latest, {QuotaEvent::What::ended, now, tokens, 0});
  std::vector<Breaker> changed;
  for (Breaker& breaker : view.breakers) {
    if (!is_stock(breaker.kind) || !breaker.open_until || breaker.refusals >= kPatientRefusals) continue;
    const Instant soon = now + scaled(seconds{5}, random.uniform(0.0, 1.0));
    if (soon >= *breaker.open_until) continue;
    breaker.open_until = soon;
    changed.push_back(breaker);
  }
  return changed;
}

}  // namespace batchctl::plan
