// Jobs of others in the project hold slots that ours cannot have.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

TEST_CASE("active jobs of others are counted on every page that may hold one, not only where our own are") {
  fakes::FakeOptions service;
  service.list_page = 3;
  Rig rig(service);
  rig.service.options().job.running = hours{30};
  for (int i = 0; i < 7; ++i) rig.service.add_job("gemini-x", fmt::format("somebody else's {}", i));
  rig.ask(4);
  rig.submit();
  rig.clock.advance(minutes{1});
  rig.resume();
  CHECK(rig.store->quota("project", "").others_jobs == 7);
  // A quarter of an hour later they have ended, and a poll notices.
  for (const fakes::FakeJob& job : rig.service.jobs())
    if (!job.display_name.starts_with("bc/")) rig.service.forget_job(job.name);
  rig.resume(at_most(minutes{20}));
  CHECK(rig.store->quota("project", "").others_jobs == 0);
}

TEST_CASE("pages of jobs that are too old to be active are not read for their count") {
  fakes::FakeOptions service;
  service.list_page = 2;
  Rig rig(service);
  for (int i = 0; i < 40; ++i) rig.service.add_job("gemini-x", fmt::format("last week's {}", i));
  rig.clock.advance(hours{24 * 7});
  rig.service.options().job.running = hours{30};
  rig.ask(4);
  rig.submit();
  rig.resume();
  CHECK(rig.service.count(Call::list) <= 4);
  CHECK(rig.store->quota("project", "").others_jobs == 0);
}
