#include "app/quota_view.hpp"

#include "plan/estimate.hpp"

namespace batchctl::app {

plan::Limits limits_of(const Run& run) {
  std::optional<std::int64_t> tokens = run.options.enqueued_tokens;
  if (!tokens && run.options.tier) tokens = plan::printed_token_limit(run.settings.model, *run.options.tier);
  return {run.options.group_size, run.options.group_delay, run.options.max_jobs, tokens};
}

plan::QuotaView read_quota(Context& context, const Run& run, Instant now) {
  Store& store = context.store;
  plan::QuotaView view;
  view.model = store.quota(run.project, run.settings.model);
  view.project = store.quota(run.project, "");
  view.breakers = store.breakers(run.project, run.settings.model);
  view.held = store.held(run.project, run.settings.model, now - in_flight_window(context));
  return view;
}

}  // namespace batchctl::app
