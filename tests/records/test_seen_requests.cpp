#include "records/seen_requests.hpp"

#include <map>
#include <random>

#include "fixture.hpp"
#include "records/repeated_outcomes.hpp"

using namespace batchctl;
using namespace batchctl::test;

TEST_CASE("the first record of each request is known again, also when the table has grown many times") {
  const TempDir dir;
  SeenRequests seen(dir.path("requests"));
  CHECK_FALSE(std::filesystem::exists(dir.path("requests")));
  std::mt19937 random(7);
  std::map<std::string, std::int64_t> first;
  for (std::int64_t record = 0; record < 60'000; ++record) {
    const std::string request = "request " + std::to_string(random() % 40'000);
    const std::optional<std::int64_t> said = seen.first_with(request, record);
    const auto [known, is_new] = first.try_emplace(request, record);
    REQUIRE(said.has_value() == !is_new);
    if (said) REQUIRE(*said == known->second);
  }
}

TEST_CASE("requests that cannot be kept are an error of the disk") {
  const TempDir dir;
  const Fatal fatal = fatal_of([&] { SeenRequests(dir.path("no/such/directory")); });
  CHECK(fatal.exit() == ExitCode::failed);
  CHECK(fatal.code() == "disk");
}

TEST_CASE("outcomes that are kept are found by their record, on the disk and before they are written") {
  const TempDir dir;
  RepeatedOutcomes outcomes(dir.path("outcomes"));
  CHECK_FALSE(outcomes.find(0).has_value());
  for (std::int64_t record = 0; record < 30'000; record += 3) {
    OutcomePlace place;
    place.raw_path = record % 2 == 0 ? "" : "raw/" + std::to_string(record / 1000);
    place.message = record % 2 == 0 ? "gone" : "";
    const auto size = static_cast<std::uint64_t>(record);
    outcomes.keep({record, size * 2, size + 1, record % 2 == 0 ? RecordStatus::error : RecordStatus::ok}, place);
    for (const std::int64_t known : {record, record / 6 * 3}) {
      const auto kept = outcomes.find(known);
      REQUIRE(kept.has_value());
      CHECK(kept->line.offset == static_cast<std::uint64_t>(known) * 2);
      CHECK(kept->line.bytes == static_cast<std::uint64_t>(known) + 1);
      CHECK(kept->line.status == (known % 2 == 0 ? RecordStatus::error : RecordStatus::ok));
      CHECK(kept->place->raw_path == (known % 2 == 0 ? "" : "raw/" + std::to_string(known / 1000)));
    }
    REQUIRE_FALSE(outcomes.find(record + 1).has_value());
  }
  CHECK_FALSE(std::filesystem::exists(dir.path("outcomes")));
}
