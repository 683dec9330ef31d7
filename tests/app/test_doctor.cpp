#include "app/doctor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

Surroundings healthy() {
  Surroundings found;
  found.key_origin = "GEMINI_API_KEY";
  found.base_url = "https://service.invalid";
  found.directory = "/state";
  found.directory_exists = found.directory_writable = found.database_exists = true;
  found.directory_mode = 0700;
  return found;
}

const Check& check_of(const std::vector<Check>& checks, const std::string& what) {
  const auto found = std::find_if(checks.begin(), checks.end(), [&](const Check& check) { return check.what == what; });
  REQUIRE_MESSAGE(found != checks.end(), what);
  return *found;
}

void each_ill_one_has_a_remedy(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    CAPTURE(check.what);
    CHECK(check.says.size() > 5);
    CHECK((check.health == Health::well) == check.mend.empty());
    CHECK((check.health == Health::ill) == (check.exit != ExitCode::done));
  }
}

}  // namespace

TEST_CASE("where everything is well the doctor finds nothing to mend") {
  Rig rig;
  rig.ask(6);
  REQUIRE(rig.submit(patiently(Goal::round)).exit == ExitCode::done);
  const std::vector<Check> checks = examine(rig.context, healthy());
  each_ill_one_has_a_remedy(checks);
  for (const char* what : {"key", "service", "directory", "disk", "database", "limits"}) {
    CAPTURE(check_of(checks, what).says);
    CHECK(check_of(checks, what).health == Health::well);
  }
  CHECK(exit_of(checks) == ExitCode::done);
}

TEST_CASE("a key that is missing or cannot be read is for a person to see to") {
  Rig rig;
  rig.context.service = nullptr;
  Surroundings found = healthy();
  SUBCASE("missing") { found.key_origin.clear(); }
  SUBCASE("unreadable") {
    found.key_problem = "the key file k can be read by others";
    found.key_mend = "chmod 600 k";
  }
  const std::vector<Check> checks = examine(rig.context, found);
  each_ill_one_has_a_remedy(checks);
  CHECK(check_of(checks, "key").health == Health::ill);
  CHECK(check_of(checks, "service").health == Health::unknown);
  CHECK(exit_of(checks) == ExitCode::attention);
}

TEST_CASE("offline the doctor says what it could not check, and asks nobody") {
  Rig rig;
  int asked = 0;
  rig.door.before_start = [&](const Request&) { ++asked; };
  Surroundings found = healthy();
  found.offline = true;
  const std::vector<Check> checks = examine(rig.context, found);
  each_ill_one_has_a_remedy(checks);
  CHECK(check_of(checks, "service").health == Health::unknown);
  CHECK(check_of(checks, "clock").health == Health::unknown);
  CHECK(asked == 0);
  CHECK(exit_of(checks) == ExitCode::done);
}

TEST_CASE("a place that is not ours, and a database that cannot be opened, fail") {
  Rig rig;
  Surroundings found = healthy();
  const auto judged = [&] {
    const std::vector<Check> checks = examine(rig.context, found);
    each_ill_one_has_a_remedy(checks);
    return exit_of(checks);
  };
  SUBCASE("not writable") { found.directory_writable = false; }
  SUBCASE("no database") {
    found.database_problem = "the state file is damaged";
    found.database_mend = "restore it";
  }
  CHECK(judged() == ExitCode::failed);
}

TEST_CASE("a directory that others can read is told with the command that closes it, and fails nothing") {
  Rig rig;
  Surroundings found = healthy();
  found.directory_mode = 0755;
  const std::vector<Check> checks = examine(rig.context, found);
  CHECK(check_of(checks, "directory").mend == "chmod 700 /state");
  CHECK(exit_of(checks) == ExitCode::done);
}
