#include "sandbox/quotas.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "sandbox/pacific_day.hpp"

namespace batchctl::sandbox {
namespace {

using Limit = QuotaRule::Limit;

/// The service does not foresee when a job ends.
constexpr Duration kAskAgain = minutes{1};

/// Whether the rule counts each model by itself also when it names none.
bool is_by_model(Limit limit) {
  return limit == Limit::tokens || limit == Limit::tokens_per_day || limit == Limit::requests_per_day;
}

/// No source shows how quotas of batch are called; these follow the pattern of the ids that were seen.
struct QuotaWords {
  const char* metric;
  const char* id;
};

QuotaWords words_of(Limit limit) {
  switch (limit) {
    case Limit::jobs:
      return {"batch_concurrent_jobs", "BatchConcurrentJobsPerProject"};
    case Limit::tokens:
      return {"batch_enqueued_tokens", "BatchEnqueuedTokensPerProject"};
    case Limit::creates:
      return {"batch_create_requests", "BatchCreateRequestsPerMinutePerProject"};
    case Limit::tokens_per_day:
      return {"batch_tokens", "BatchTokensPerDayPerProject"};
    case Limit::requests_per_day:
      return {"batch_requests", "BatchRequestsPerDayPerProject"};
    case Limit::storage:
      return {"file_storage_bytes", "FileStorageBytesPerProject"};
  }
  throw Bug("quota limit");
}

QuotaNotice notice_of(const QuotaRule& rule, const std::optional<int>& tier, const std::string& model,
                      Duration retry_after) {
  const QuotaWords words = words_of(rule.limit);
  QuotaNotice notice;
  notice.metric = words.metric;
  notice.id = words.id;
  if (!model.empty()) notice.id += "PerModel";
  if (tier) notice.id += fmt::format("-PaidTier{}", *tier);
  notice.model = model;
  notice.most = rule.most;
  notice.retry_after = rule.hint > Duration::zero() ? rule.hint : retry_after;
  return notice;
}

/// How long until the rule may allow what it does not now; nullopt when it allows it.
std::optional<Duration> must_wait(const QuotaRule& rule, Usage& usage, const Job& job, const std::string& model,
                                  Instant now) {
  switch (rule.limit) {
    case Limit::jobs:
      if (usage.active_jobs(job.project, model, now, rule.release_after) < rule.most) return std::nullopt;
      return kAskAgain;
    case Limit::tokens:
      if (usage.active_tokens(job.project, model, now, rule.release_after) + job.tokens <= rule.most)
        return std::nullopt;
      return kAskAgain;
    case Limit::creates: {
      const MadeAmounts& made = usage.made(job.project, model);
      if (made.since(now - rule.per + milliseconds{1}).jobs < rule.most) return std::nullopt;
      return rule.most == 0 ? rule.per : made.at_from_last(rule.most - 1) + rule.per - now;
    }
    case Limit::tokens_per_day:
    case Limit::requests_per_day: {
      const PacificDay day = pacific_day_of(now);
      const MadeAmounts::Sum today = usage.made(job.project, model).since(day.begins);
      const bool is_kept = rule.limit == Limit::tokens_per_day ? today.tokens + job.tokens <= rule.most
                                                               : today.requests + job.requests <= rule.most;
      if (is_kept) return std::nullopt;
      return day.ends - now;
    }
    case Limit::storage:
      return std::nullopt;  // a job stores no file
  }
  throw Bug("quota limit");
}

}  // namespace

const char* spelled(Limit limit) {
  for (const auto& word : kQuotaLimits) {
    if (word.choice == limit) return word.text;
  }
  throw Bug("quota limit");
}

std::optional<Breach> breach_of(const Scenario& scenario, const PrintedTokens& printed_tokens, Usage& usage,
                                const Job& job, Instant now) {
  const auto breach = [&](const QuotaRule& rule) -> std::optional<Breach> {
    if (!rule.model.empty() && rule.model != job.model) return std::nullopt;
    const std::string model = is_by_model(rule.limit) ? job.model : rule.model;
    const auto wait = must_wait(rule, usage, job, model, now);
    if (!wait) return std::nullopt;
    return Breach{rule, notice_of(rule, scenario.tier, model, *wait)};
  };
  for (const QuotaRule& rule : scenario.quotas) {
    if (auto broken = breach(rule)) return broken;
  }
  if (!scenario.tier || !printed_tokens) return std::nullopt;
  const auto printed = printed_tokens(job.model, *scenario.tier);
  if (!printed) return std::nullopt;
  QuotaRule rule;
  rule.limit = Limit::tokens;
  rule.most = static_cast<std::uint64_t>(*printed);
  return breach(rule);
}

std::optional<Breach> storage_breach(const Scenario& scenario, std::uint64_t stored_bytes) {
  for (const QuotaRule& rule : scenario.quotas) {
    if (rule.limit != Limit::storage || stored_bytes <= rule.most) continue;
    Breach breach{rule, notice_of(rule, std::nullopt, "", Duration::max())};
    breach.rule.form = QuotaForm::storage;
    return breach;
  }
  return std::nullopt;
}

}  // namespace batchctl::sandbox
