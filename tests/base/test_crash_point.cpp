#include "base/crash_point.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/error.hpp"

namespace batchctl {

TEST_CASE("each moment at which a test can crash the program has a name of its own") {
  std::set<std::string_view> names;
  for (const CrashPointRow& row : kCrashPoints) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
    CHECK_FALSE(row.moment.empty());
    CHECK(name_of(row.point) == row.name);
  }
}

TEST_CASE("an order to crash that names no moment is refused, so that no test waits for it in vain") {
  REQUIRE(kHasCrashPoints);
  for (const char* text : {"nowhere", "end-seen:", "end-seen:0", "end-seen:-1", "end-seen:2x", ":2"}) {
    CHECK_THROWS_AS_MESSAGE(arm_crash_points(text, ""), Fatal, text);
    CHECK_THROWS_AS_MESSAGE(arm_crash_points("", text), Fatal, text);
  }
  CHECK_NOTHROW(arm_crash_points("intent-stored:2", "end-seen"));
  CHECK_NOTHROW(arm_crash_points("", ""));
}

}  // namespace batchctl
