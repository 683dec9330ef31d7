// The n-th commit fails, for every n, while the list is compared with what is recorded.
#include <doctest/doctest.h>

#include "app/strays.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// Drives with this verb until its n-th commit, where the process dies. False: it ended before.
bool dies_at(Rig& rig, int n, const std::function<void()>& verb) {
  int commits = 0;
  rig.before_commit = [&] {
    if (++commits == n) throw Death{};
  };
  bool died = false;
  try {
    verb();
  } catch (const Death&) {
    died = true;
  }
  rig.before_commit = {};
  if (died) rig.die();
  return died;
}

/// Also of a run that is complete already: its end may not have been compared.
ExitCode go_on(Rig& rig, bool take_over = false) {
  return rig.exit_of([&] {
    return app::resume(rig.context, {"qa", rig.request.choose, patiently(), take_over}).front();
  });
}

}  // namespace

TEST_CASE("whichever commit fails while a duplicate is handled, it is recorded once and nothing is made again") {
  for (const Duration since : {Duration{minutes{6}}, Duration{hours{1}}}) {  // it runs; it has ended
    int n = 1;
    for (bool died = true; died; ++n) {
      CAPTURE(n);
      Rig rig;
      rig.ask(2);
      rig.submit();
      rig.clock.advance(seconds{2});
      make_twin(rig, 0);
      rig.clock.advance(since);
      died = dies_at(rig, n, [&] { rig.resume(patiently()); });
      rig.check_rows();
      CHECK(go_on(rig) == ExitCode::done);
      CHECK(duplicates_of(rig, 0).size() == 1);
      CHECK(rig.service.count(Call::create) == 1);
      rig.check_rows();
      rig.check_results(2);
      REQUIRE(n < 200);
    }
    CHECK(n > 10);
  }
}

TEST_CASE("whichever commit fails while a duplicate answers for a failed job, no attempt is made") {
  int n = 1;
  for (bool died = true; died; ++n) {
    CAPTURE(n);
    Rig rig;
    show_twin_late(rig);
    died = dies_at(rig, n, [&] { rig.resume(patiently()); });
    rig.check_rows();
    CHECK(go_on(rig) == ExitCode::done);
    CHECK(rig.service.jobs().size() == 2);
    CHECK(rig.report().records.answered == 2);
    rig.check_rows();
    rig.check_results(2);
    REQUIRE(n < 200);
  }
  CHECK(n > 10);
}

TEST_CASE("whichever commit fails while a copy is taken over, no job is made twice and none is lost") {
  int n = 1;
  for (bool died = true; died; ++n) {
    CAPTURE(n);
    Restored world(with_cap(2));
    Rig& rig = world.rig;
    rig.ask(8);
    rig.submit();
    world.back_up();
    rig.clock.advance(hours{1});
    rig.resume();
    world.restore();
    died = dies_at(rig, n, [&] { rig.resume(patiently(), true); });
    rig.check_rows();
    // The first commit is the taking over itself.
    CHECK(go_on(rig, n == 1) == ExitCode::done);
    CHECK(rig.service.jobs().size() == 4);
    rig.check_service();
    rig.check_rows();
    rig.check_results(8);
    REQUIRE(n < 200);
  }
  CHECK(n > 20);
}
