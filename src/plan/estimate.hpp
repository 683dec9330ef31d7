// How far our estimates of tokens are off, and what is learned of it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace batchctl::plan {

/// Printed limit of tokens enqueued in batch jobs of the model at a usage tier (catalogue.hpp); nullopt when none is
/// printed. Limits differ from project to project: a default, not a fact.
std::optional<std::int64_t> printed_token_limit(std::string_view model, int tier);

/// A calibration factor (real tokens over estimated ones) within 0.2 and 5; anything else is no measurement of ours.
double believable_factor(double factor);

/// What is remembered after a job of `estimated` tokens (which were multiplied by `at_plan`) really took `actual`: a
/// fifth of the way to the new measurement, so that one odd chunk does not turn it.
double learned_factor(double known, double at_plan, std::int64_t estimated, std::int64_t actual);

/// How much of an estimate its real value was, at the low and at the high end of what was seen.
struct Spread {
  double low = 1, high = 1;
  enum class Basis { jobs, samples } basis = Basis::jobs;
  int count = 0;  // jobs or samples that it was seen on
};

/// From the real factors of finished jobs, else of counted samples, against the `factor` in use. Of ten jobs and more
/// the outer tenths are left out. nullopt: fewer than three jobs and two samples say nothing of a spread.
std::optional<Spread> token_spread(double factor, std::vector<double> jobs, std::vector<double> samples);

}  // namespace batchctl::plan
