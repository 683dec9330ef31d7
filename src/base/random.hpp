// Randomness as a value that is passed in, so that a seed repeats a run.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace batchctl {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// Uniform in [low, high).
  double uniform(double low, double high) {
    // Not std::uniform_real_distribution: its sequence is not the same on every standard library.
    const double unit = static_cast<double>(engine_() >> 11U) * 0x1.0p-53;
    return low + (high - low) * unit;
  }

 private:
  std::mt19937_64 engine_;
};

/// A seed from the operating system.
std::uint64_t random_seed();

/// `length` characters of a-z2-7 from the operating system's randomness.
std::string random_name(std::size_t length);

}  // namespace batchctl
