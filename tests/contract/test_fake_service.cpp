// What only the fake can do: the faults that the driver's tests order.
#include <doctest/doctest.h>

#include "contract/asking.hpp"

using namespace batchctl;
using namespace batchctl::contract;
using fakes::Call;
using fakes::FakeClock;
using fakes::FakeOptions;
using fakes::FakeService;
using fakes::Fault;
using fakes::FaultOrder;

namespace {

struct World {
  FakeClock clock;
  FakeService service{clock};

  std::vector<Completion> turn(Duration length = seconds{30}) { return service.wait(clock.now() + length); }

  Answer ask(Request request) {
    service.start(7, std::move(request));
    auto completions = turn();
    REQUIRE(completions.size() == 1);
    return std::move(completions[0].answer);
  }
  CreateJob create(const std::string& display_name = "d") {
    CreateJob job;
    job.model = "m";
    job.display_name = display_name;
    job.input = RemoteFileName{"bc-1"};
    job.send_before = clock.boot_now() + std::chrono::seconds{20};
    return job;
  }
  void upload() { as<FileFacts>(ask(upload_of("bc-1", body_of(4)))); }
};

FaultOrder order_of(Fault fault, Call on = Call::create) {
  FaultOrder order;
  order.on = on;
  order.fault = fault;
  return order;
}

}  // namespace

TEST_CASE("waiting moves the fake clock to the next answer, or to the end of the wait") {
  World world;
  const Instant start = world.clock.now();
  CHECK(world.turn(minutes{3}).empty());
  CHECK(world.clock.now() == start + minutes{3});
  world.service.start(1, ListJobs{});
  CHECK(world.turn(minutes{3}).size() == 1);
  CHECK(world.clock.now() == start + minutes{3} + milliseconds{100});
}

TEST_CASE("a create that takes effect late is in no list before and in the list after") {
  World world;
  world.upload();
  FaultOrder order = order_of(Fault::lost_late);
  order.late = seconds{90};
  world.service.order(order);
  CHECK(as<CreateOutcome>(world.ask(world.create())).answer == CreateAnswer::unclear);
  CHECK(as<JobPage>(world.ask(ListJobs{})).jobs.empty());
  world.turn(seconds{120});
  const auto page = as<JobPage>(world.ask(ListJobs{}));
  REQUIRE(page.jobs.size() == 1);
  CHECK(page.jobs[0].created_at < world.clock.now() - seconds{20});
}

TEST_CASE("a create whose client died before the answer still takes effect") {
  World world;
  world.upload();
  world.service.start(1, world.create());
  world.service.abandon();
  CHECK(world.turn().empty());
  CHECK(world.service.jobs().size() == 1);
}

TEST_CASE("an upload whose client died leaves no file") {
  World world;
  world.service.start(1, upload_of("bc-1", body_of(4)));
  world.service.abandon();
  world.turn();
  CHECK(world.service.files().empty());
}

TEST_CASE("a job may be listed later than it is made") {
  World world;
  world.upload();
  world.service.options().job.listed = seconds{60};
  const auto name = as<CreateOutcome>(world.ask(world.create())).job->name;
  CHECK(as<JobPage>(world.ask(ListJobs{})).jobs.empty());
  CHECK(as<Observation>(world.ask(GetJob{name})).name == name);
  world.clock.advance(seconds{61});
  CHECK(as<JobPage>(world.ask(ListJobs{})).jobs.size() == 1);
}

TEST_CASE("a request whose connection takes too long is not written") {
  World world;
  world.upload();
  world.service.options().connect = seconds{30};
  CHECK(as<CreateOutcome>(world.ask(world.create())).answer == CreateAnswer::not_sent);
  CHECK(world.service.jobs().empty());
  CHECK(world.service.count(Call::create) == 0);
}

TEST_CASE("a fault comes at its turn and as often as ordered") {
  World world;
  world.upload();
  FaultOrder order = order_of(Fault::answers, Call::list);
  order.nth = 2;
  order.times = 2;
  order.answer = fakes::server_failure(500);
  world.service.order(order);
  const auto fails = [&world] { return std::holds_alternative<Failure>(world.ask(ListJobs{})); };
  CHECK_FALSE(fails());
  CHECK(fails());
  CHECK(fails());
  CHECK_FALSE(fails());
}

TEST_CASE("an ordered failure is read as the answer of the call it meets") {
  World world;
  world.upload();
  FaultOrder order = order_of(Fault::answers);
  order.answer = fakes::quota_failure(PauseKind::day, hours{3});
  world.service.order(order);
  const auto outcome = as<CreateOutcome>(world.ask(world.create()));
  CHECK(outcome.answer == CreateAnswer::refused);
  CHECK(outcome.failure.refusal->kind == PauseKind::day);
  CHECK(outcome.failure.retry_after == hours{3});
}

TEST_CASE("tokens are capped per model and given back when a job ends") {
  World world;
  world.upload();
  world.service.options().enqueued_tokens = 250;
  world.service.options().tokens = [](const std::string&) { return 100; };
  for (int i = 0; i < 2; ++i) CHECK(as<CreateOutcome>(world.ask(world.create())).answer == CreateAnswer::created);
  CHECK(as<CreateOutcome>(world.ask(world.create())).answer == CreateAnswer::refused);
  CHECK(world.service.active_tokens("m") == 200);
  CreateJob other = world.create();
  other.model = "another";
  CHECK(as<CreateOutcome>(world.ask(other)).answer == CreateAnswer::created);
  world.clock.advance(hours{1});
  CHECK(world.service.active_tokens("m") == 0);
  CHECK(as<CreateOutcome>(world.ask(world.create())).answer == CreateAnswer::created);
  CHECK(world.service.refusals() == 1);
  CHECK(world.service.peak_active_jobs() == 3);
  CHECK(world.service.most_jobs_of_a_display_name() == 4);
}

TEST_CASE("a job goes as it was planned to") {
  World world;
  world.upload();
  world.service.options().plan = [](const fakes::FakeJob&) {
    fakes::JobPlan plan;
    plan.end = JobState::failed;
    plan.error = "it broke";
    plan.answered = 0.5;
    return plan;
  };
  const auto name = as<CreateOutcome>(world.ask(world.create())).job->name;
  world.clock.advance(hours{1});
  const auto seen = as<Observation>(world.ask(GetJob{name}));
  CHECK(seen.state == JobState::failed);
  CHECK(seen.error == "it broke");
  REQUIRE(seen.output.has_value());
  as<Fetched>(world.ask(FetchOutput{*seen.output, scratch("half")}));
  CHECK(lines_in(scratch("half")).size() == 2);
}

TEST_CASE("a driver that turns without time passing, or waits for ever for nothing, is a bug") {
  World world;
  CHECK_THROWS_AS(world.service.wait(Instant::max()), Bug);
  CHECK_THROWS_AS(
      [&world] {
        for (int i = 0; i < 20'000; ++i) world.service.wait(world.clock.now());
      }(),
      Bug);
}
