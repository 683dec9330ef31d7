#include "app/quota_view.hpp"

namespace batchctl::app {

plan::Limits limits_of(const Context& context, const Run& run) {
  std::optional<std::int64_t> tokens = run.options.enqueued_tokens;
  if (!tokens && run.options.tier) tokens = context.catalogue->token_limit(run.settings.model, *run.options.tier);
  plan::Limits limits;
  limits.group_size = run.options.group_size;
  limits.group_delay = run.options.group_delay;
  limits.max_jobs = run.options.max_jobs;
  limits.tokens = tokens;
  limits.weight = run.options.weight;
  limits.quota_share = run.options.quota_share;
  limits.yields = run.options.yield;
  return limits;
}

Run with_model(const Run& run, const std::optional<std::string>& model) {
  Run like = run;
  if (model) like.settings.model = *model;
  return like;
}

plan::QuotaView read_quota(Context& context, const Run& run, Instant now) {
  Store& store = context.store;
  plan::QuotaView view;
  view.model = store.quota(run.project, run.settings.model);
  view.project = store.quota(run.project, "");
  view.breakers = store.breakers(run.project, run.settings.model);
  view.held = store.held(run.project, run.settings.model, now - in_flight_window(context));
  view.share = store.share(run, now - plan::kHeartbeatFresh);
  return view;
}

void note_ended(Context& context, const Run& run, const Job& job, Instant now) {
  plan::QuotaView view;
  view.model = context.store.quota(run.project, job.model);
  view.breakers = context.store.breakers(run.project, job.model);
  for (const Breaker& breaker : plan::note_completion(view, job.tokens, now, context.random))
    context.store.save_breaker(breaker);
  context.store.save_quota(view.model);
}

}  // namespace batchctl::app
