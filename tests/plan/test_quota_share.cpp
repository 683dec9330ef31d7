// Several runs, one quota.
#include <doctest/doctest.h>

#include "plan/quota.hpp"
#include "plan/quota_fixture.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

/// 1,000 tokens, of which another run holds all that this one does not.
struct Shared : QuotaRig {
  explicit Shared(std::int64_t mine, double hungry_others = 1) {
    limits.tokens = 1000;
    view.share = {mine, static_cast<int>(mine / 100), hungry_others};
    view.held = {mine, static_cast<int>(mine / 100), {}};
  }
};

}  // namespace

TEST_CASE("while another run waits, a run creates up to its share and no further") {
  CHECK(Shared(400).gate(100) == Gate::open);
  CHECK(Shared(500).gate(100) == Gate::share);
  CHECK_FALSE(Shared(500).admitted(100).opens.has_value());  // only an ended job, or the other's leave, helps
  CHECK(Shared(900, 0).gate(100) == Gate::open);             // nobody waits
}

TEST_CASE("a share goes by weight") {
  Shared heavy(800);
  heavy.limits.weight = 3;
  CHECK(heavy.gate(100) == Gate::share);
  Shared lighter(600);
  lighter.limits.weight = 3;
  CHECK(lighter.gate(100) == Gate::open);
  CHECK(Shared(300, 3).gate(100) == Gate::share);
}

TEST_CASE("a share is filled to the nearest chunk, so that no chunk's worth lies idle between two runs") {
  CHECK(Shared(400).gate(180) == Gate::open);   // half of it fits
  CHECK(Shared(400).gate(220) == Gate::share);  // less than half of it does
}

TEST_CASE("every hungry run may have one job, however small its share") {
  Shared rig(0, 1000);
  CHECK(rig.gate(100) == Gate::open);
  Shared second(100, 1000);
  CHECK(second.gate(100) == Gate::share);
}

TEST_CASE("a share never goes beyond the limit itself") {
  Shared rig(100);
  rig.view.held = {1000, 10, {}};
  CHECK(rig.gate(100) == Gate::tokens);
}

TEST_CASE("without a known token limit the job slots are shared") {
  QuotaRig rig;
  rig.limits.max_jobs = 10;
  rig.view.share = {500, 5, 1};
  rig.view.held = {500, 5, {}};
  CHECK(rig.gate(100) == Gate::share);
  rig.view.share.jobs = 4;
  CHECK(rig.gate(100) == Gate::open);
}

TEST_CASE("a share of the quota for this machine is a share of the tokens told and of the job slots") {
  QuotaRig rig;
  rig.limits.quota_share = 0.5;
  rig.limits.tokens = 1000;
  rig.limits.group_size = 100;
  for (int i = 0; i < 5; ++i) rig.succeed(100);
  CHECK(rig.gate(100) == Gate::tokens);
  CHECK_FALSE(rig.admitted(100).learned);
  QuotaRig slots;
  slots.limits.quota_share = 0.5;
  slots.limits.max_jobs = 8;
  slots.limits.group_size = 100;
  for (int i = 0; i < 4; ++i) slots.succeed(100);
  CHECK(slots.gate(100) == Gate::jobs);
}

TEST_CASE("who yields steps back to 85 % when refused, but not for a probe of its own") {
  QuotaRig rig;
  rig.limits.yields = true;
  rig.limits.group_size = 100;
  for (int i = 0; i < 20; ++i) rig.succeed(100);
  rig.refuse(100);
  CHECK(rig.view.model.learned_tokens == 1700);
  CHECK(rig.view.model.learned_jobs == 17);
  rig.view.model.learned_tokens = 2000;
  rig.view.model.learned_jobs.reset();
  rig.now = *rig.view.model.probe_at;
  rig.refuse(100);  // a probe
  CHECK(rig.view.model.learned_tokens == 2000);
}
