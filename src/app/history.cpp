#include "app/history.hpp"

#include "app/quota_view.hpp"

namespace batchctl::app {

RunHistory history_of(Context& context, const Run& run) {
  RunHistory history;
  history.journal = context.store.journal(run.key, std::nullopt);
  history.jobs = context.store.job_spans(run.key);
  history.failures = context.store.failure_groups(run.key);
  const plan::Limits limits = limits_of(context, run);
  history.token_limit = plan::token_limit(context.store.quota(run.project, run.settings.model), limits);
  history.limit_is_learned = history.token_limit != plan::told_tokens(limits);
  return history;
}

}  // namespace batchctl::app
