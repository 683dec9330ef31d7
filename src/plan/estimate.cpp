#include "plan/estimate.hpp"

#include <algorithm>
#include <cmath>

#include "plan/catalogue.hpp"

namespace batchctl::plan {

std::optional<std::int64_t> printed_token_limit(std::string_view model, int tier) {
  return printed_catalogue().token_limit(model, tier);
}

double believable_factor(double factor) {
  constexpr double kLeast = 0.2, kMost = 5.0;
  return std::isfinite(factor) && factor > 0 ? std::clamp(factor, kLeast, kMost) : 1.0;
}

double learned_factor(double known, double at_plan, std::int64_t estimated, std::int64_t actual) {
  constexpr double kWeight = 0.2;
  if (estimated <= 0 || actual <= 0) return known;
  const double measured = at_plan * static_cast<double>(actual) / static_cast<double>(estimated);
  return believable_factor(known + kWeight * (measured - known));
}

std::optional<Spread> token_spread(double factor, std::vector<double> jobs, std::vector<double> samples) {
  constexpr std::size_t kLeastJobs = 3, kLeastSamples = 2;
  const bool by_jobs = jobs.size() >= kLeastJobs;
  std::vector<double>& seen = by_jobs ? jobs : samples;
  if (factor <= 0 || (!by_jobs && seen.size() < kLeastSamples)) return std::nullopt;
  std::sort(seen.begin(), seen.end());
  const std::size_t outer = by_jobs ? seen.size() / 10 : 0;
  Spread spread;
  spread.low = seen[outer] / factor;
  spread.high = seen[seen.size() - 1 - outer] / factor;
  spread.basis = by_jobs ? Spread::Basis::jobs : Spread::Basis::samples;
  spread.count = static_cast<int>(seen.size());
  return spread;
}

}  // namespace batchctl::plan
