#include "plan/chunk_size.hpp"

#include <algorithm>

#include "plan/estimate.hpp"
#include "plan/evidence.hpp"

namespace batchctl::plan {

namespace {

constexpr std::int64_t kUnknownModelCap = 3'000'000;
constexpr double kSlotsToFill = 0.95;     // (t) of the job slots
constexpr std::int64_t kLargestPart = 4;  // (t) of the cap: a quarter
constexpr double kStorage = 0.8 * 20e9;   // (t) bytes of the project's files that input may take
constexpr double kLargestFile = 2e9;      // documented as 2 GB (batch page, 2026-08)
constexpr std::size_t kEndsForLife = 10;  // (t)

}  // namespace

void add_learned(SizeFacts& facts, const Quota& model, Instant now) {
  const std::optional<FlowLimit> flow = flow_limit(model.latest, now);
  if (!flow) return;
  facts.spacing = flow->made / flow->creations;
  facts.job_life = mean_job_life(model.latest);
}

ChunkSize chunk_size(std::string_view model, const SizeFacts& facts) {
  const std::int64_t cap = facts.cap.value_or(printed_token_limit(model, 1).value_or(kUnknownModelCap));
  const int slots = std::max(1, static_cast<int>(facts.slots * kSlotsToFill));
  ChunkSize size;
  size.tokens = std::max<std::int64_t>(1, cap / slots);
  size.bytes = static_cast<std::uint64_t>(std::min(kStorage / slots, kLargestFile));
  if (!facts.spacing || !facts.job_life || facts.job_life->count() <= 0) return size;
  const double part = static_cast<double>(facts.spacing->count()) / static_cast<double>(facts.job_life->count());
  const auto needed = static_cast<std::int64_t>(static_cast<double>(cap) * std::min(part, 1.0));
  const std::int64_t wanted = std::min(needed, cap / kLargestPart);
  size.for_spacing = wanted > size.tokens;
  size.tokens = std::max(size.tokens, wanted);
  return size;
}

std::optional<Duration> mean_job_life(const std::vector<QuotaEvent>& latest) {
  std::int64_t in_flight = 0, answers = 0;
  std::size_t ends = 0;
  for (const QuotaEvent& event : latest) {
    if (event.what == QuotaEvent::What::ended) {
      ++ends;
      continue;
    }
    in_flight += event.what == QuotaEvent::What::made ? event.jobs : event.jobs - 1;
    ++answers;
  }
  if (ends < kEndsForLife || answers == 0) return std::nullopt;
  const Duration span = latest.back().at - latest.front().at;
  const double mean = static_cast<double>(in_flight) / static_cast<double>(answers);
  return scaled(span / static_cast<std::int64_t>(ends), mean);
}

bool can_never_fit(int refused_alone, std::int64_t tokens, std::int64_t largest_accepted) {
  return refused_alone >= kRefusedAlone && tokens > std::max(largest_accepted / 2, kWorthCutting);
}

}  // namespace batchctl::plan
