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

TEST_CASE("records that jobs of one run share are found, however their keys lie") {
  Rig rig;
  const auto lines = [](int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += line("r" + std::to_string(i), "Why?");
    return text;
  };
  rig.upload("a", lines(0, 50) + line("other", "Why?"));
  rig.upload("b", lines(48, 100) + line("r007", "Why?"));
  rig.upload("c", line("r49", "Why?") + line("r48", "Why?") + line("other", "Why?") + line("r7", "Why?"));
  rig.create("a", "bc/run/0/a1");
  rig.create("b", "bc/run/1/a1");
  const Json two = rig.get("/__sandbox/ledger?summary=1").json();
  CHECK(two["records_by_key_max"] == 2);
  CHECK(two["accepted_twice"] ==
        Json::array({{{"run", "run"}, {"key", "r48"}, {"times", 2}}, {{"run", "run"}, {"key", "r49"}, {"times", 2}}}));
  rig.create("c", "bc/run/2/a1");
  const Json three = rig.get("/__sandbox/ledger?summary=1").json();
  CHECK(three["max_accepted_per_key"] == 1);
  CHECK(three["records_by_key_max"] == 3);
  CHECK(three["accepted_twice"] == Json::array({{{"run", "run"}, {"key", "r7"}, {"times", 2}},
                                                {{"run", "run"}, {"key", "r48"}, {"times", 3}},
                                                {{"run", "run"}, {"key", "r49"}, {"times", 3}},
                                                {{"run", "run"}, {"key", "other"}, {"times", 2}}}));
}

TEST_CASE("a key that stands twice in one file was accepted twice") {
  Rig rig;
  rig.upload("a", line("r1", "Why?") + line("r2", "Why?") + line("r1", "How?") + line("k", "Why?") + line("k", "How?"));
  rig.create("a", "bc/run/0");
  CHECK(rig.get("/__sandbox/ledger").json()["accepted"] == Json{{"bc/run/0", {{"r1", 2}, {"r2", 1}, {"k", 2}}}});
}

}  // namespace batchctl::sandbox
