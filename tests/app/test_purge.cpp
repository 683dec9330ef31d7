// Removing raw results from the disk: what was counted stays, and nobody is told that answers are missing.
#include <filesystem>
#include <fstream>

#include "app/clean.hpp"
#include "app/purge.hpp"
#include "app/retry.hpp"
#include "app/rig.hpp"
#include "base/error.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace fs = std::filesystem;

namespace {

std::string fatal_code(const std::function<void()>& verb, ExitCode exit) {
  try {
    verb();
  } catch (const Fatal& fatal) {
    CHECK(fatal.exit() == exit);
    CHECK_FALSE(fatal.next().empty());
    return fatal.code();
  }
  return "";
}

void finish(Rig& rig) {
  rig.ask(6);
  REQUIRE(rig.submit(patiently(Goal::round)).exit == ExitCode::done);
}

std::string directory_of(Rig& rig) { return run_directory(rig.context, rig.run().id); }

}  // namespace

TEST_CASE("purge removes the raw results of a complete run and keeps its counts") {
  Rig rig;
  finish(rig);
  rig.check_results(6);
  const std::string raw = raw_directory(rig.context, rig.run().id);
  const PurgePlan listed = purge(rig.context, {.run_name = std::nullopt, .dry_run = true});
  CHECK(listed.files == 3);
  CHECK(listed.bytes > 0);
  CHECK(fs::exists(raw));
  CHECK_FALSE(rig.report().purged_at.has_value());

  const PurgePlan done = purge(rig.context, {});
  CHECK(done.files == 3);
  CHECK_FALSE(fs::exists(raw));
  CHECK(fs::exists(directory_of(rig)));

  const RunReport report = rig.report();
  CHECK(report.state == RunState::complete);
  CHECK(report.records.answered == 6);
  CHECK(report.usage.output > 0);
  CHECK(report.purged_at.has_value());
  CHECK(report.next.empty());
  CHECK(rig.store->results_of(rig.chunk(0).key).front().summary.sha256.size() == 64);
}

TEST_CASE("after a purge download says so, and writes over nothing") {
  Rig rig;
  finish(rig);
  const std::string results = rig.download().results_path;
  purge(rig.context, {});
  CHECK(fatal_code([&] { rig.download(); }, ExitCode::failed) == "purged");
  CHECK(fatal_code([&] { rig.download(true); }, ExitCode::failed) == "purged");
  CHECK(statuses_in(results).size() == 6);
  CHECK(fatal_code(
            [&] {
              retry(rig.context, {std::nullopt, {}, rig.request.choose, shortly()});
            },
            ExitCode::failed) == "purged");
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
}

TEST_CASE("purge may be repeated, also after it was interrupted") {
  Rig rig;
  finish(rig);
  const PurgePlan first = purge(rig.context, {});
  rig.clock.advance(hours{1});
  fs::create_directories(raw_directory(rig.context, rig.run().id));
  std::ofstream(raw_directory(rig.context, rig.run().id) + "/left") << "over";
  const PurgePlan second = purge(rig.context, {});
  CHECK(second.files == 1);
  CHECK(second.purged_at == first.purged_at);
  CHECK_FALSE(fs::exists(raw_directory(rig.context, rig.run().id)));
  CHECK(purge(rig.context, {}).paths.empty());
}

TEST_CASE("purge is refused while answers can still come, while another process drives, and by a no") {
  Rig rig;
  rig.ask(6);
  REQUIRE(rig.submit().exit == ExitCode::done);
  CHECK(fatal_code([&] { purge(rig.context, {}); }, ExitCode::not_finished) == "not_complete");
  REQUIRE(rig.resume(patiently()).exit == ExitCode::done);
  {
    const auto lock = rig.files.try_lock(directory_of(rig) + "/lock");
    CHECK(fatal_code([&] { purge(rig.context, {}); }, ExitCode::busy) == "busy");
  }
  const PurgeRequest declined{.run_name = std::nullopt, .agree = [](const PurgePlan&) { return false; }};
  CHECK(fatal_code([&] { purge(rig.context, declined); }, ExitCode::failed) == "declined");
  rig.check_results(6);
}

TEST_CASE("a purged run repairs nothing by itself, whatever its limit of tries becomes") {
  fakes::FakeOptions service;
  service.result = [](const fakes::FakeJob&, const std::string& key, const std::string& question) {
    return std::optional(key == "r0" ? fakes::error_line(key, 14, "unavailable") : fakes::answer_line(key, question));
  };
  Rig rig(service);
  rig.options = [](Options& options) { options.retry_attempts = 0; };
  rig.ask(6);
  REQUIRE(rig.submit(patiently(Goal::round)).exit == ExitCode::incomplete);
  purge(rig.context, {});
  rig.options = [](Options& options) { options.retry_attempts = 2; };
  const auto jobs = rig.service.jobs().size();
  CHECK(resume(rig.context, {"qa", [&](Options& options) { rig.options(options); }, patiently(), false}).front().exit ==
        ExitCode::incomplete);
  CHECK(rig.service.jobs().size() == jobs);
  CHECK(rig.report().records.failed == 1);
}

TEST_CASE("the jobs of a purged run can still be cleaned, and it is known that they are the last copy") {
  Rig rig;
  finish(rig);
  purge(rig.context, {});
  const Cleaned cleaned = clean(rig.context, {});
  CHECK(cleaned.plan.is_purged);
  CHECK(cleaned.jobs == 3);
  CHECK(cleaned.plan.kept.empty());
}
