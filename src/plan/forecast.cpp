#include "plan/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

#include "plan/quota.hpp"

namespace batchctl::plan {

namespace {

std::int64_t up(std::int64_t all, std::int64_t parts) { return (all + parts - 1) / parts; }

}  // namespace

void ChunkSizes::add(int index, std::int64_t tokens, std::uint64_t bytes, std::int64_t records) {
  ++chunks_;
  records_ += records;
  tokens_ += tokens;
  bytes_ += bytes;
  if (chunks_ == 1 || tokens > largest_) {
    largest_ = tokens;
    largest_index_ = index;
  }
  const double place = std::log2(static_cast<double>(std::max<std::int64_t>(tokens, 1))) * kParts;
  ++counts_[std::min(static_cast<std::size_t>(std::llround(place)), counts_.size() - 1)];
}

std::int64_t ChunkSizes::median() const {
  std::int64_t passed = 0;
  for (std::size_t place = 0; place < counts_.size(); ++place) {
    passed += counts_[place];
    if (passed * 2 > chunks_)
      return std::min(largest_,
                      static_cast<std::int64_t>(std::llround(std::exp2(static_cast<double>(place) / kParts))));
  }
  return 0;
}

Forecast forecast(const ForecastFacts& facts) {
  Forecast result;
  const std::int64_t chunks = std::max<std::int64_t>(facts.chunks, 1);
  result.tokens_a_chunk = std::max<std::int64_t>(up(facts.tokens, chunks), 1);
  result.bytes_a_chunk = std::max<std::int64_t>(up(static_cast<std::int64_t>(facts.bytes), chunks), 1);
  result.by_tokens = std::max<std::int64_t>(facts.cap / result.tokens_a_chunk, 1);
  result.by_jobs = std::max(facts.slots, 1);
  result.by_storage = std::max<std::int64_t>(static_cast<std::int64_t>(kStorageBudget) / result.bytes_a_chunk, 1);
  result.at_once = std::min({result.by_tokens, result.by_jobs, result.by_storage});
  if (facts.chunks > result.at_once)
    result.binds = result.at_once == result.by_tokens ? Binds::tokens
                   : result.at_once == result.by_jobs ? Binds::jobs
                                                      : Binds::storage;
  result.waves = up(chunks, result.at_once);
  if (facts.job_life) result.length = *facts.job_life * result.waves;
  return result;
}

std::optional<Duration> median_life(std::vector<Duration> lives) {
  if (lives.empty()) return std::nullopt;
  const auto middle = lives.begin() + static_cast<std::ptrdiff_t>(lives.size() / 2);
  std::nth_element(lives.begin(), middle, lives.end());
  return *middle;
}

std::optional<Instant> end_of(const RestFacts& rest, Instant now) {
  if (!rest.job_life || (rest.live_since.empty() && rest.unsent <= 0)) return std::nullopt;
  std::priority_queue<Instant, std::vector<Instant>, std::greater<>> ends;
  Instant last = now;
  for (const Instant since : rest.live_since) {
    ends.push(std::max(now, since + *rest.job_life));
    last = std::max(last, since + *rest.job_life);
  }
  const Instant opens = std::max(now, rest.opens.value_or(now));
  const std::size_t slots = static_cast<std::size_t>(std::max<std::int64_t>(rest.at_once, 1));
  // Beyond that many rounds a day more or less is no news, and the answer stays quick.
  constexpr std::int64_t kMost = 100'000;
  for (std::int64_t i = 0; i < std::min(rest.unsent, kMost); ++i) {
    Instant begins = opens;
    if (ends.size() >= slots) {
      begins = ends.top();  // an ended job makes room, whatever the pause says
      ends.pop();
    }
    ends.push(begins + *rest.job_life);
    last = std::max(last, begins + *rest.job_life);
  }
  return last;
}

}  // namespace batchctl::plan
