#include "sandbox/usage.hpp"

#include <algorithm>

namespace batchctl::sandbox {
namespace {

/// When it stops to be active, as things stand.
Instant end_of(const Job& job) { return view_of(job, job.created + 2 * kJobLife).ended.value_or(Instant::max()); }

}  // namespace

void EndingAmounts::add(Instant end, std::uint64_t amount) {
  amounts_[end] += amount;
  if (end > asked_) sum_ += amount;
}

void EndingAmounts::remove(Instant end, std::uint64_t amount) {
  const auto found = amounts_.find(end);
  found->second -= amount;
  if (found->second == 0) amounts_.erase(found);
  if (end > asked_) sum_ -= amount;
}

std::uint64_t EndingAmounts::after(Instant at) {
  auto next = amounts_.upper_bound(asked_);
  for (; next != amounts_.end() && next->first <= at; ++next) sum_ -= next->second;
  while (next != amounts_.begin() && std::prev(next)->first > at) sum_ += (--next)->second;
  asked_ = at;
  return sum_;
}

void MadeAmounts::add(Instant at, std::uint64_t tokens, std::uint64_t requests) {
  Point point = points_.empty() ? Point{at, {}} : points_.back();
  point.at = std::max(point.at, at);
  point.with.jobs += 1;
  point.with.tokens += tokens;
  point.with.requests += requests;
  points_.push_back(point);
}

MadeAmounts::Sum MadeAmounts::since(Instant from) const {
  const auto first = std::lower_bound(points_.begin(), points_.end(), from,
                                      [](const Point& point, Instant instant) { return point.at < instant; });
  if (first == points_.end()) return {};
  Sum sum = points_.back().with;
  if (first != points_.begin()) {
    const Sum& before = std::prev(first)->with;
    sum.jobs -= before.jobs;
    sum.tokens -= before.tokens;
    sum.requests -= before.requests;
  }
  return sum;
}

Instant MadeAmounts::at_from_last(std::uint64_t later) const {
  if (points_.empty()) return {};
  return points_[points_.size() - 1 - std::min<std::uint64_t>(later, points_.size() - 1)].at;
}

void Usage::add(const Job& job) {
  const Instant end = end_of(job);
  ends_[job.serial] = end;
  for (const std::string& model : {std::string(), job.model}) {
    Account& account = accounts_[{job.project, model}];
    account.jobs.add(end, 1);
    account.tokens.add(end, job.tokens);
    account.made.add(job.created, job.tokens, job.requests);
  }
}

void Usage::update(const Job& job) {
  Instant& end = ends_.at(job.serial);
  const Instant now_ends = end_of(job);
  move_end(job, end, now_ends);
  end = now_ends;
}

void Usage::remove(const Job& job, Instant now) {
  const auto found = ends_.find(job.serial);
  if (found->second > now) move_end(job, found->second, now);
  ends_.erase(found);
}

void Usage::move_end(const Job& job, Instant from, Instant to) {
  for (const std::string& model : {std::string(), job.model}) {
    Account& account = accounts_[{job.project, model}];
    account.jobs.remove(from, 1);
    account.jobs.add(to, 1);
    account.tokens.remove(from, job.tokens);
    account.tokens.add(to, job.tokens);
  }
}

std::uint64_t Usage::active_jobs(const std::string& project, const std::string& model, Instant now,
                                 Duration release_after) {
  return accounts_[{project, model}].jobs.after(now - release_after);
}

std::uint64_t Usage::active_tokens(const std::string& project, const std::string& model, Instant now,
                                   Duration release_after) {
  return accounts_[{project, model}].tokens.after(now - release_after);
}

}  // namespace batchctl::sandbox
