#include <doctest/doctest.h>

#include "sandbox/rig.hpp"

namespace batchctl::sandbox {

TEST_CASE("the ledger counts what was accepted, by display name and key") {
  Rig rig;
  rig.upload("a", line("r0", "Why?") + line("r1", "How?"));
  rig.create("a", "bc/run/0");
  rig.create("a", "bc/run/0");
  rig.key = "";
  const Json ledger = rig.get("/__sandbox/ledger").json();
  CHECK(ledger["jobs_by_display_name"] == Json{{"bc/run/0", 2}});
  CHECK(ledger["accepted"] == Json{{"bc/run/0", {{"r0", 2}, {"r1", 2}}}});
  CHECK(ledger["creates"] == 2);
  CHECK(ledger["create_requests"] == 2);
  CHECK(ledger["uploads_by_name"] == Json{{"files/a", 1}});
  CHECK(ledger["requests"]["create"] == 2);
  CHECK(ledger["peak_active_jobs"] == 2);
}

TEST_CASE("the summary puts the display names of a run together") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  rig.create("a", "bc/run1/0/a1");
  rig.create("a", "bc/run1/1/a1");
  rig.create("a", "bc/run2/0/a1");
  const Json ledger = rig.get("/__sandbox/ledger?summary=1").json();
  CHECK_FALSE(ledger.contains("accepted"));
  CHECK(ledger["records_accepted"] == 3);
  CHECK(ledger["max_accepted_per_key"] == 1);
  CHECK(ledger["records_by_key_max"] == 2);
  CHECK(ledger["accepted_twice"] == Json::array({{{"run", "run1"}, {"key", "r0"}, {"times", 2}}}));
}

}  // namespace batchctl::sandbox
