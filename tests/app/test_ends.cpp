// How jobs end, and what becomes of their chunks.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// A service whose jobs of chunk 0 end like this, attempt by attempt; the last word holds for all that follow.
fakes::FakeOptions first_chunk_ends(const std::vector<JobState>& ends, double answered = 0.0) {
  fakes::FakeOptions options;
  options.plan = [ends, answered](const fakes::FakeJob& job) {
    JobPlan plan;
    if (job.display_name.find("/0/a") == std::string::npos) return plan;
    const auto attempt = static_cast<std::size_t>(attempt_in(job.display_name));
    plan.end = ends.at(std::min(attempt, ends.size()) - 1);
    plan.answered = plan.end == JobState::succeeded ? 1.0 : answered;
    plan.has_output = plan.answered > 0;
    return plan;
  };
  return options;
}

std::vector<std::string> displayed(const Rig& rig, int chunk) {
  std::vector<std::string> names;
  for (const fakes::FakeJob& job : rig.service.jobs())
    if (job.display_name.find(fmt::format("/{}/a", chunk)) != std::string::npos) names.push_back(job.display_name);
  return names;
}

}  // namespace

TEST_CASE("a job that failed or expired without any answer is followed by the next attempt with the same bytes") {
  for (const JobState end : {JobState::failed, JobState::expired}) {
    CAPTURE(name_of(end));
    Rig rig(first_chunk_ends({end, JobState::succeeded}));
    rig.ask(4);
    CHECK(rig.submit(patiently()).exit == ExitCode::done);
    CHECK(displayed(rig, 0).size() == 2);
    CHECK(rig.job(0).attempt == 2);
    CHECK(rig.service.jobs().size() == 3);
    rig.check_service();
    rig.check_results(4);
  }
}

TEST_CASE("two bad ends in a row of one chunk stop the run, resume tries the third time, then the chunk has failed") {
  Rig rig(first_chunk_ends({JobState::expired}));
  rig.ask(4);
  CHECK(rig.submit(patiently()).exit == ExitCode::attention);
  CHECK(displayed(rig, 0).size() == 2);
  CHECK(rig.run().stop->reason == "attempts");
  CHECK(rig.resume(patiently()).exit == ExitCode::incomplete);
  CHECK(displayed(rig, 0).size() == 3);
  CHECK(rig.state(0) == ChunkState::failed);
  CHECK(rig.state(1) == ChunkState::done);
  CHECK(statuses_in(rig.download().results_path) == std::vector<std::string>{"error", "error", "ok", "ok"});
}

TEST_CASE("what a job that ended badly did answer is kept, and no second job is made beside it") {
  for (const JobState end : {JobState::failed, JobState::expired, JobState::cancelled}) {
    CAPTURE(name_of(end));
    Rig rig(first_chunk_ends({end}, 0.5));
    rig.options = [](Options& options) { options.retry_attempts = 0; };
    rig.ask(4);
    CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
    CHECK(displayed(rig, 0).size() == 1);
    CHECK(rig.state(0) == (end == JobState::cancelled ? ChunkState::cancelled : ChunkState::done));
    CHECK(statuses_in(rig.download().results_path) == std::vector<std::string>{"ok", "missing", "ok", "ok"});
  }
}

TEST_CASE("what a job that failed or expired did not answer is asked for in a repair chunk") {
  for (const JobState end : {JobState::failed, JobState::expired}) {
    CAPTURE(name_of(end));
    Rig rig(first_chunk_ends({end}, 0.5));
    rig.ask(4);
    CHECK(rig.submit(patiently()).exit == ExitCode::done);
    CHECK(displayed(rig, 0).size() == 1);
    CHECK(displayed(rig, 2).size() == 1);
    CHECK(rig.chunk(2).records == 1);
    rig.check_results(4);
  }
}

TEST_CASE("a job that somebody cancelled before any answer leaves its chunk cancelled, without a new attempt") {
  Rig rig(first_chunk_ends({JobState::cancelled}));
  rig.ask(4);
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.state(0) == ChunkState::cancelled);
  CHECK(displayed(rig, 0).size() == 1);
  CHECK(statuses_in(rig.download().results_path) == std::vector<std::string>{"missing", "missing", "ok", "ok"});
}

TEST_CASE("a job that was cancelled after its last answer has everything, and its run is complete") {
  Rig rig(first_chunk_ends({JobState::cancelled}, 1.0));
  rig.ask(4);
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.state(0) == ChunkState::cancelled);
  rig.check_results(4);
}

TEST_CASE("a job that succeeded before its output is named is asked for it ten times, a minute apart") {
  for (const Duration named : {Duration{minutes{5}}, Duration{hours{5}}}) {
    fakes::FakeOptions service;
    service.job.named = named;
    Rig rig(service);
    rig.ask(2);
    const bool in_time = named < minutes{9};
    CHECK(rig.submit(patiently()).exit == (in_time ? ExitCode::done : ExitCode::incomplete));
    CHECK(rig.service.jobs().size() == 1);
    CHECK(rig.service.count(Call::get) == (in_time ? 6U : 10U));
    const std::string word = in_time ? "ok" : "missing";
    CHECK(statuses_in(rig.download().results_path) == std::vector<std::string>{word, word});
  }
}

TEST_CASE("an outage while a job's output is not named yet says nothing about it") {
  fakes::FakeOptions service;
  service.job.named = hours{2};
  Rig rig(service);
  rig.ask(2);
  bool out = false;
  rig.door.before_start = [&](const Request& request) {
    if (out || !std::holds_alternative<GetJob>(request)) return;
    out = true;
    rig.service.outage(rig.clock.now(), rig.clock.now() + hours{3});
  };
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(out);
  rig.check_results(2);
}

TEST_CASE("a job that vanished while others are read leaves its records missing, without a new attempt") {
  Rig rig;
  rig.ask(6);
  rig.submit();
  rig.service.forget_job(rig.job(1).name->value);
  CHECK(rig.resume(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.state(1) == ChunkState::done);
  CHECK(displayed(rig, 1).size() == 1);
  CHECK(statuses_in(rig.download().results_path) ==
        std::vector<std::string>{"ok", "ok", "missing", "missing", "ok", "ok"});
  rig.check_rows();
}

TEST_CASE("when nothing of ours can be read, a job that is not found may be the key's fault: nothing is concluded") {
  Rig rig;
  rig.ask(2);
  rig.submit();
  rig.service.forget_job(rig.job(0).name->value);
  CHECK(rig.resume(at_most(hours{5})).exit == ExitCode::not_finished);
  CHECK(rig.state(0) == ChunkState::submitted);
  CHECK(rig.witness.heard("nothing is concluded"));
}

TEST_CASE("a job that has not ended after days is never joined by a second one") {
  fakes::FakeOptions service;
  service.job.pending = hours{40};
  service.job.running = hours{60};  // it expires first
  service.job.has_output = true;
  Rig rig(service);
  rig.ask(2);
  CHECK(rig.submit(at_most(hours{47})).exit == ExitCode::not_finished);
  CHECK(rig.service.jobs().size() == 1);
  CHECK(rig.state(0) == ChunkState::submitted);
}

TEST_CASE("a fetch that fails is tried again later, and the answers come home") {
  Rig rig;
  rig.ask(4);
  rig.service.order({.on = Call::fetch, .fault = Fault::answers, .times = 7, .answer = fakes::server_failure()});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.service.count(Call::fetch) == 9);
  rig.check_results(4);
}

TEST_CASE("an output that the service no longer has leaves its records missing after five tries") {
  Rig rig;
  rig.ask(4);
  const Failure gone{FailureKind::not_found, 404, "no such file", {}, {}, {}};
  rig.door.before_start = [&](const Request& request) {
    const auto* fetch = std::get_if<FetchOutput>(&request);
    if (fetch != nullptr && fetch->output.value.ends_with("fake-1"))
      rig.service.order({.on = Call::fetch, .fault = Fault::answers, .answer = gone});
  };
  CHECK(rig.submit(patiently()).exit == ExitCode::incomplete);
  CHECK(rig.state(0) == ChunkState::done);
  CHECK(rig.service.count(Call::fetch) == 6);
  CHECK(statuses_in(rig.download().results_path) == std::vector<std::string>{"missing", "missing", "ok", "ok"});
}

TEST_CASE("an output that is not found while its job cannot be read either is not given up: its answers are paid for") {
  Rig rig;
  rig.ask(2);
  rig.submit();
  bool overdue = true;
  rig.door.before_start = [&](const Request& request) {
    if (!overdue) return;
    FaultOrder refused;
    refused.fault = Fault::answers;
    Failure failure;
    failure.kind = FailureKind::not_found;
    failure.message = "You do not have permission to access the File.";
    if (std::holds_alternative<GetJob>(request)) {
      refused.on = Call::get;
      failure.kind = FailureKind::stopped;
      failure.reason = "billing";
    } else if (std::holds_alternative<FetchOutput>(request)) {
      refused.on = Call::fetch;
    } else {
      return;
    }
    refused.answer = failure;
    rig.service.order(refused);
  };
  CHECK(rig.resume(patiently()).exit == ExitCode::attention);
  CHECK(rig.run().stop->reason == "billing");
  CHECK(rig.service.count(Call::fetch) == 5);
  CHECK(rig.state(0) == ChunkState::fetching);
  overdue = false;
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_results(2);
}

TEST_CASE("while a key finds neither an output nor any job of ours, its answers are not given up") {
  Rig rig;
  rig.ask(2);
  rig.submit();
  rig.clock.advance(hours{1});
  const auto is_fetch = [](const Request& request) { return std::holds_alternative<FetchOutput>(request); };
  rig.door.before_start = [&](const Request& request) {
    if (is_fetch(request)) throw Fatal(ExitCode::failed, "killed", "the process dies before its fetch");
  };
  CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::failed);
  rig.die();
  REQUIRE(rig.state(0) == ChunkState::fetching);

  // The next process has the key of another project: an empty list, and nothing found.
  const Failure unknown{FailureKind::not_found, 404, "no such thing", {}, {}, {}};
  for (const Call call : {Call::get, Call::fetch})
    rig.service.order({.on = call, .fault = Fault::answers, .times = 1'000'000, .answer = unknown});
  rig.service.order({.on = Call::list, .fault = Fault::answers, .times = 1'000'000, .answer = JobPage{}});
  std::uint64_t fetches = 0;
  rig.door.before_start = [&](const Request& request) { fetches += is_fetch(request) ? 1U : 0U; };
  CHECK(rig.resume(at_most(hours{4})).exit == ExitCode::not_finished);
  CHECK(fetches > 5);
  CHECK(rig.state(0) == ChunkState::fetching);
}

TEST_CASE("an output that was renamed but not recorded is judged again and not fetched again") {
  Rig rig;
  rig.ask(2);
  rig.submit();
  bool failed = false;
  rig.before_commit = [&] {
    if (failed || rig.service.count(Call::fetch) == 0) return;
    failed = true;
    throw Fatal(ExitCode::failed, "disk", "the disk is full");
  };
  CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::failed);
  rig.die();
  CHECK(failed);
  CHECK(rig.state(0) == ChunkState::fetching);
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.service.count(Call::fetch) == 1);
  rig.check_results(2);
}

TEST_CASE("a download with fewer lines than requests is fetched again, and believed when the same comes twice") {
  for (const bool always : {false, true}) {
    CAPTURE(always);
    fakes::FakeOptions service;
    int asked = 0;
    service.result = [&](const fakes::FakeJob&, const std::string& key, const std::string& question) {
      const bool left_out = key == "r1" && (always || asked++ == 0);
      return left_out ? std::nullopt : std::optional(fakes::answer_line(key, question));
    };
    Rig rig(service);
    rig.options = [](Options& options) { options.retry_attempts = 0; };
    rig.ask(2);
    CHECK(rig.submit(patiently()).exit == (always ? ExitCode::incomplete : ExitCode::done));
    CHECK(rig.service.count(Call::fetch) == 2);
    CHECK(statuses_in(rig.download().results_path) == std::vector<std::string>{"ok", always ? "missing" : "ok"});
  }
}

TEST_CASE("a result that cannot take its name is not recorded, and is brought home once it can") {
  Rig rig;
  rig.ask(2);
  rig.submit();
  rig.files.before_publish = [] { throw Fatal(ExitCode::failed, "disk", "the disk is full"); };
  CHECK(rig.exit_of([&] { return rig.resume(patiently()); }) == ExitCode::failed);
  rig.die();
  CHECK(rig.state(0) == ChunkState::fetching);
  CHECK(rig.report().records.answered == 0);
  rig.files.before_publish = {};
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  rig.check_results(2);
}

TEST_CASE("answers that come twice or are nobody's are counted, and each record keeps one outcome") {
  fakes::FakeOptions service;
  service.result = [](const fakes::FakeJob&, const std::string& key, const std::string& question) {
    const std::string line = fakes::answer_line(key, question);
    return std::optional(key == "r0" ? line + "\n" + line + "\n" + fakes::answer_line("r77", "nobody's") : line);
  };
  Rig rig(service);
  rig.ask(4);
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.report().records.answered == 4);
  rig.check_results(4);
}

TEST_CASE(
    "a job that is still not over after 72 hours needs a person once nothing else is left; no second one is made") {
  fakes::FakeOptions options;
  options.plan = [](const fakes::FakeJob& job) {
    JobPlan plan;
    if (job.display_name.find("/0/a") != std::string::npos) plan.pending = hours{200}, plan.life = hours{400};
    return plan;
  };
  Rig rig(options);
  rig.ask(6);
  CHECK(rig.submit(patiently()).exit == ExitCode::attention);
  REQUIRE(rig.run().stop.has_value());
  CHECK(rig.run().stop->reason == "stuck");
  CHECK(rig.run().stop->message.find(rig.job(0).name->value) != std::string::npos);
  CHECK(rig.clock.now() - rig.job(0).intent_at >= hours{72});
  CHECK(rig.clock.now() - rig.job(0).intent_at < hours{73});
  CHECK(rig.count(ChunkState::done) == 2);
  CHECK(displayed(rig, 0).size() == 1);

  CHECK(rig.resume(patiently()).exit == ExitCode::attention);  // looked at again, and still so
  rig.clock.advance(hours{200});
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(displayed(rig, 0).size() == 1);
  rig.check_results(6);
}
