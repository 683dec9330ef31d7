#include "plan/chunk_size.hpp"

#include <doctest/doctest.h>

using namespace batchctl;
using namespace batchctl::plan;

namespace {

const Instant kStart = from_unix_ms(1'795'348'800'000);

ChunkSize of_cap(std::optional<std::int64_t> cap) {
  SizeFacts facts;
  facts.cap = cap;
  return chunk_size("gemini-3.6-flash", facts);
}

}  // namespace

TEST_CASE("chunks are sized so that ninety fill the cap, by the first paid tier when none is told") {
  CHECK(of_cap(900'000).tokens == 10'000);
  CHECK(of_cap(std::nullopt).tokens == 33'333);
  CHECK(chunk_size("gemini-unheard-of", {}).tokens == 33'333);
  CHECK(of_cap(5).tokens == 1);
}

TEST_CASE("with fewer job slots chunks are larger, so that those fill the cap") {
  SizeFacts facts;
  facts.cap = 900'000;
  facts.slots = 10;
  CHECK(chunk_size("m", facts).tokens == 100'000);
  facts.slots = 1;
  CHECK(chunk_size("m", facts).tokens == 900'000);
}

TEST_CASE("the files of all slots together stay below 0.8 of 20 GB, and none is above 2 GB") {
  CHECK(of_cap(std::nullopt).bytes <= 16'000'000'000 / 90);
  CHECK(of_cap(std::nullopt).bytes > 170'000'000);
  SizeFacts facts;
  facts.slots = 2;
  CHECK(chunk_size("m", facts).bytes == 2'000'000'000);
}

TEST_CASE("when creations are few, chunks grow until those few fill the cap, to a quarter of it at the most") {
  SizeFacts facts;
  facts.cap = 3'000'000;
  facts.spacing = minutes{2};
  facts.job_life = minutes{24};
  const ChunkSize size = chunk_size("m", facts);
  CHECK(size.tokens == 250'000);  // 12 jobs are in flight then
  CHECK(size.for_spacing);
  facts.spacing = hours{1};
  CHECK(chunk_size("m", facts).tokens == 750'000);
  facts.spacing = seconds{1};
  CHECK(chunk_size("m", facts).tokens == 33'333);
  CHECK_FALSE(chunk_size("m", facts).for_spacing);
}

TEST_CASE("the life of jobs is how many there are over how many end in a time") {
  std::vector<QuotaEvent> latest;
  CHECK_FALSE(mean_job_life(latest).has_value());
  // A job ends every two minutes, and ten are in flight: twenty minutes each.
  for (int i = 0; i <= 30; ++i) {
    latest.push_back({QuotaEvent::What::ended, kStart + minutes{2 * i}, 100, 0});
    latest.push_back({QuotaEvent::What::made, kStart + minutes{2 * i}, 1000, 10});
  }
  const std::optional<Duration> life = mean_job_life(latest);
  REQUIRE(life.has_value());
  CHECK(*life > minutes{19});
  CHECK(*life < minutes{21});
}

TEST_CASE("without a flow limit nothing is learned for the size") {
  Quota model;
  SizeFacts facts;
  add_learned(facts, model, kStart);
  CHECK_FALSE(facts.spacing.has_value());
}

TEST_CASE("a chunk is cut in two only when refused three times alone and larger than half of any that was accepted") {
  CHECK(can_never_fit(3, 60'000, 100'000));
  CHECK_FALSE(can_never_fit(2, 60'000, 100'000));
  CHECK_FALSE(can_never_fit(3, 50'000, 100'000));
  CHECK(can_never_fit(3, 30'001, 0));        // none was ever accepted
  CHECK_FALSE(can_never_fit(3, 30'000, 0));  // whatever refuses so little is no limit of tokens
}
