// Delays that grow: doubling with jitter, as data to be stored, never slept here.
#pragma once

#include <algorithm>

#include "base/random.hpp"
#include "base/time.hpp"

namespace batchctl::plan {

/// `base` * 2^`fails`, at most `cap`, times U(0.85, 1.15) so that many hosts do not come back together.
inline Duration backoff(int fails, Duration base, Duration cap, Random& random) {
  Duration wait = base;
  for (int i = 0; i < fails && wait < cap; ++i) wait *= 2;
  return scaled(std::min(wait, cap), random.uniform(0.85, 1.15));
}

}  // namespace batchctl::plan
