#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "app/simulated_life.hpp"

using namespace batchctl::app;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kSeeds = 80;
#else
constexpr std::uint64_t kSeeds = 400;
#endif

}  // namespace

// A few seconds' worth. BATCHCTL_SEEDS=10000 for a long look, BATCHCTL_SEED=17 for that one alone.
TEST_CASE("whatever goes wrong within the bounds, each chunk gets one job and each record one outcome") {
  std::uint64_t first = 1, last = kSeeds;
  if (const char* many = std::getenv("BATCHCTL_SEEDS")) last = std::stoull(many);
  if (const char* only = std::getenv("BATCHCTL_SEED")) first = last = std::stoull(only);
  int repairs = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    CAPTURE(seed);
    SimulatedLife life(seed);
    life.live();
    repairs += life.repairs_checked();
  }
  if (first != last) CHECK(static_cast<std::uint64_t>(repairs) * 2 > last - first);  // they are met often
}
