#include "sim/work.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace batchctl::sim {

namespace {

constexpr double kNeedsRepair = 0.01;
constexpr double kEstimateNoise = 0.05;
constexpr int kRepairRounds = 2;
constexpr double kMedianWait = 600;   // seconds
constexpr double kMedianSpeed = 150;  // tokens a second
constexpr double kLongest = 6 * 3600;

/// Log-normal wait (median 10 min) and speed (median 150 tokens/s); 3 % of the jobs are stragglers; at most 6 h.
Duration job_time(std::int64_t tokens, Random& random) {
  const double wait = kMedianWait * std::exp(0.9 * normal(random));
  const double speed = kMedianSpeed * std::exp(0.5 * normal(random));
  double length = wait + static_cast<double>(tokens) / speed;
  if (random.uniform(0, 1) < 0.03) length *= std::pow(1 - random.uniform(0, 1), -1 / 1.3);
  return Duration{std::llround(1000 * std::min(length, kLongest))};
}

/// Jobs that ask again are not the same ones in every policy's run: by chance one of them, at the very end, would
/// decide.
Duration median_job_time(std::int64_t tokens) {
  return Duration{std::llround(1000 * std::min(kMedianWait + static_cast<double>(tokens) / kMedianSpeed, kLongest))};
}

}  // namespace

double normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform(0, 1)));
  return radius * std::cos(2 * std::numbers::pi * random.uniform(0, 1));
}

Work::Work(const Scenario& scenario, std::uint64_t seed) : scenario_(scenario), seed_(seed) {
  Random sizes(seed * 7919 + 1);
  for (int i = 0; i < scenario.chunks; ++i) {
    const double factor = std::max(0.3, 1 + scenario.spread * normal(sizes));
    pieces_.push_back(make(i, std::llround(static_cast<double>(scenario.tokens) * factor), scenario.records, 0));
  }
}

Piece Work::make(int number, std::int64_t estimate, int records, int round) const {
  Random random((seed_ * 1'000'003 + static_cast<std::uint64_t>(number)) * 7919);
  for (int i = 0; i < 8; ++i) random.uniform(0, 1);
  Piece piece;
  piece.number = number;
  piece.estimate = estimate;
  piece.tokens = std::llround(static_cast<double>(estimate) * std::max(0.5, 1 + kEstimateNoise * normal(random)));
  piece.records = records;
  for (int i = 0; i < records; ++i) piece.failing += random.uniform(0, 1) < kNeedsRepair ? 1 : 0;
  piece.round = round;
  piece.job_time = round == 0 ? job_time(piece.tokens, random) : median_job_time(piece.tokens);
  return piece;
}

void Work::ended(int number) {
  const Piece& done = piece(number);
  if (done.round >= kRepairRounds || done.failing == 0) return;
  collected_records_ += done.failing;
  collected_tokens_ += done.estimate * done.failing / done.records;
  collected_round_ = std::max(collected_round_, done.round + 1);
}

std::optional<int> Work::repair(bool rest_is_created) {
  if (collected_records_ == 0 || (collected_tokens_ < scenario_.tokens && !rest_is_created)) return std::nullopt;
  const int number = size();
  pieces_.push_back(make(number, collected_tokens_, collected_records_, collected_round_));
  collected_records_ = 0;
  collected_tokens_ = 0;
  collected_round_ = 1;
  return number;
}

}  // namespace batchctl::sim
