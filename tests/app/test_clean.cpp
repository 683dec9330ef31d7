// Removing what is ours at the service: only what the database knows, and no job whose answers are not safe here.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/clean.hpp"
#include "app/rig.hpp"
#include "app/runs.hpp"
#include "base/error.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

/// A run whose files are kept at the service until clean.
void finish(Rig& rig, const std::string& cleanup = "none") {
  rig.options = [cleanup](Options& options) { options.remote_cleanup = cleanup; };
  rig.ask(6);
  CHECK(rig.submit(patiently(Goal::round)).exit == ExitCode::done);
}

std::int64_t jobs_there(Rig& rig) {
  return std::count_if(rig.service.jobs().begin(), rig.service.jobs().end(),
                       [](const fakes::FakeJob& job) { return !job.deleted; });
}

ExitCode exit_of(const std::function<void()>& verb, std::string& code, std::string& words) {
  try {
    verb();
  } catch (const Fatal& fatal) {
    code = fatal.code();
    words = fatal.what();
    return fatal.exit();
  }
  return ExitCode::done;
}

int deleted_in_journal(Rig& rig, const std::string& event) {
  int n = 0;
  for (const JournalLine& line : rig.store->journal(rig.run().key, std::nullopt)) n += line.event == event ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("clean deletes the run's files and ended jobs, records it, and finds nothing the next time") {
  Rig rig;
  finish(rig);
  const std::string foreign = rig.service.add_job("gemini-x", "somebody else's");
  REQUIRE(rig.service.files().size() == 3);

  const Cleaned listed = clean(rig.context, {.run_name = std::nullopt, .dry_run = true});
  CHECK(listed.plan.files == 3);
  CHECK(listed.plan.jobs == 3);
  CHECK(rig.service.count(Call::delete_file) + rig.service.count(Call::delete_job) == 0);

  const Cleaned cleaned = clean(rig.context, {});
  CHECK(cleaned.exit == ExitCode::done);
  CHECK(cleaned.files == 3);
  CHECK(cleaned.jobs == 3);
  CHECK(rig.service.files().empty());
  CHECK(jobs_there(rig) == 1);
  CHECK_FALSE(rig.service.jobs().back().deleted);
  CHECK(rig.service.jobs().back().name == foreign);
  CHECK((rig.file(0).state == FileState::deleted));
  CHECK(rig.job(0).deleted_at.has_value());
  CHECK(deleted_in_journal(rig, "job_deleted") == 3);

  const Cleaned again = clean(rig.context, {});
  CHECK(again.plan.objects.empty());
  CHECK(rig.service.count(Call::delete_job) == 3);
  CHECK(rig.report().jobs[static_cast<std::size_t>(JobState::succeeded)] == 3);
  rig.check_results(6);
}

TEST_CASE("a job that was deleted is no vanished one: a later driver and a look leave its chunk alone") {
  Rig rig;
  finish(rig);
  clean(rig.context, {});
  CHECK(rig.resume(patiently()).exit == ExitCode::done);
  CHECK(rig.state(0) == ChunkState::done);
  CHECK(rig.report().records.answered == 6);
  // Seen again by a stale list: it stays recorded as deleted.
  Observation stale;
  stale.state = JobState::succeeded;
  stale.ended = true;
  rig.store->write([&] { rig.store->observe(rig.job(0).key, stale, rig.clock.now()); });
  CHECK(rig.job(0).deleted_at.has_value());
}

TEST_CASE("clean refuses while a job is live, and names it") {
  Rig rig;
  rig.ask(6);
  REQUIRE(rig.submit().exit == ExitCode::done);
  for (const bool dry_run : {false, true}) {
    std::string code, words;
    const ExitCode exit =
        exit_of([&] { clean(rig.context, {.run_name = std::nullopt, .dry_run = dry_run}); }, code, words);
    CHECK(exit == ExitCode::not_finished);
    CHECK(code == "not_at_rest");
    CHECK(words.find(rig.job(0).name->value) != std::string::npos);
  }
  CHECK(rig.service.count(Call::delete_file) + rig.service.count(Call::delete_job) == 0);
}

TEST_CASE("a job whose result file is not here any more stays at the service") {
  Rig rig;
  finish(rig);
  const StoredResult result = rig.store->results_of(rig.chunk(1).key).front();
  std::filesystem::resize_file(raw_directory(rig.context, rig.run().id) + "/" + result.summary.raw_path, 3);
  const Cleaned cleaned = clean(rig.context, {});
  CHECK(cleaned.exit == ExitCode::not_finished);
  CHECK(cleaned.jobs == 2);
  REQUIRE(cleaned.plan.kept.size() == 1);
  CHECK(cleaned.plan.kept.front().chunk_index == 1);
  CHECK(cleaned.plan.kept.front().name == rig.job(1).name->value);
  CHECK_FALSE(rig.job(1).deleted_at.has_value());
}

TEST_CASE("clean is refused while another process drives, and by a no") {
  Rig rig;
  finish(rig);
  std::string code, words;
  {
    const auto lock = rig.files.try_lock(run_directory(rig.context, rig.run().id) + "/lock");
    CHECK(exit_of([&] { clean(rig.context, {}); }, code, words) == ExitCode::busy);
  }
  const CleanRequest declined{.run_name = std::nullopt, .agree = [](const CleanPlan&) { return false; }};
  CHECK(exit_of([&] { clean(rig.context, declined); }, code, words) == ExitCode::failed);
  CHECK(code == "declined");
  CHECK(rig.service.count(Call::delete_file) + rig.service.count(Call::delete_job) == 0);
}

TEST_CASE("a key that does not read the run's jobs deletes nothing: its 404 would mean something else") {
  Rig rig;
  finish(rig);
  rig.context.key_print = "another";
  rig.service.refuse_everything(Failure{FailureKind::not_found, 404, "not found", {}, {}, {}});
  std::string code, words;
  CHECK(exit_of([&] { clean(rig.context, {}); }, code, words) == ExitCode::attention);
  CHECK(code == "other_key");
  CHECK_FALSE(rig.job(0).deleted_at.has_value());
}

TEST_CASE("clean that died between a deletion and its record counts what is not there any more as deleted") {
  for (int at = 1; at <= 6; ++at) {
    CAPTURE(at);
    Rig rig;
    finish(rig);
    int commits = 0;
    rig.before_commit = [&] {
      if (++commits == at) throw Bug("the process dies");
    };
    CHECK_THROWS_AS(clean(rig.context, {}), Bug);
    rig.before_commit = nullptr;
    rig.die();
    const Cleaned cleaned = clean(rig.context, {});
    CHECK(cleaned.exit == ExitCode::done);
    CHECK(cleaned.files + cleaned.jobs >= 7 - at);
    CHECK(jobs_there(rig) == 0);
    CHECK(rig.service.files().empty());
    CHECK(clean(rig.context, {}).plan.objects.empty());
  }
}

TEST_CASE("what cannot be deleted is left and tried by the next clean") {
  Rig rig;
  finish(rig);
  rig.service.order(
      {.on = Call::delete_job, .fault = Fault::answers, .nth = 2, .latency = {}, .answer = fakes::server_failure()});
  const Cleaned first = clean(rig.context, {});
  CHECK(first.exit == ExitCode::not_finished);
  CHECK(first.failed == 1);
  CHECK(first.jobs == 2);
  const Cleaned second = clean(rig.context, {});
  CHECK(second.exit == ExitCode::done);
  CHECK(second.jobs == 1);
}

TEST_CASE("no answer at all ends the trying") {
  Rig rig;
  finish(rig);
  rig.service.outage(rig.clock.now(), rig.clock.now() + hours{1});
  const Cleaned cleaned = clean(rig.context, {});
  CHECK(cleaned.exit == ExitCode::not_finished);
  CHECK(cleaned.failed == 6);
  CHECK(cleaned.files + cleaned.jobs == 0);
  CHECK(rig.service.seen().size() < 1000);
}

TEST_CASE("--remote-cleanup all deletes the jobs after download wrote the results of a whole run") {
  Rig rig;
  finish(rig, "all");
  CHECK(rig.service.files().empty());  // as inputs does
  CHECK(rig.service.count(Call::delete_job) == 0);
  const Downloaded done = rig.download();
  REQUIRE(done.written);
  CHECK(jobs_there(rig) == 0);
  CHECK(rig.service.count(Call::delete_job) == 3);
  CHECK(rig.job(2).deleted_at.has_value());

  rig.download();
  CHECK(rig.service.count(Call::delete_job) == 3);
}

TEST_CASE("--remote-cleanup inputs and a partial download delete no job") {
  Rig rig;
  SUBCASE("inputs") {
    finish(rig, "inputs");
    REQUIRE(rig.download().written);
  }
  SUBCASE("partial") {
    rig.options = [](Options& options) { options.remote_cleanup = "all"; };
    rig.ask(6);
    REQUIRE(rig.submit().exit == ExitCode::done);
    CHECK(rig.download(true).exit == ExitCode::not_finished);
  }
  CHECK(rig.service.count(Call::delete_job) == 0);
  CHECK(jobs_there(rig) == 3);
}

TEST_CASE("a clean-up after download that fails is said once, and the results stand") {
  Rig rig;
  finish(rig, "all");
  rig.witness.words.clear();
  SUBCASE("the service fails") { rig.service.refuse_everything(fakes::server_failure()); }
  SUBCASE("no key") { rig.context.service = nullptr; }
  const Downloaded done = rig.download();
  CHECK(done.exit == ExitCode::done);
  CHECK(done.written);
  CHECK(rig.witness.words.size() == 1);
  CHECK(rig.witness.heard("batchctl clean qa"));
  CHECK(jobs_there(rig) == 3);
  CHECK_FALSE(rig.job(0).deleted_at.has_value());

  rig.service.refuse_everything(std::nullopt);
  rig.context.service = &rig.door;
  rig.download();
  CHECK(jobs_there(rig) == 0);
}

TEST_CASE("a new key is not tested on a job that was deleted") {
  Rig rig;
  finish(rig);
  clean(rig.context, {});
  rig.context.key_print = "another";
  std::string code, words;
  CHECK(exit_of([&] { check_key(rig.context, rig.run()); }, code, words) == ExitCode::attention);
  CHECK(rig.service.count(Call::get) == 0);  // no deleted job was asked for
}

TEST_CASE("a job that vanished unseen is asked for, not deleted, and forgotten when it is really gone") {
  Rig rig;
  rig.options = [](Options& options) { options.retry_attempts = 0; };
  rig.ask(6);
  REQUIRE(rig.submit().exit == ExitCode::done);
  const std::string vanished = rig.job(1).name->value;
  rig.service.forget_job(vanished);
  REQUIRE(rig.resume(patiently()).exit == ExitCode::incomplete);
  REQUIRE_FALSE(rig.job(1).ended_at.has_value());
  const Cleaned cleaned = clean(rig.context, {});
  CHECK(cleaned.exit == ExitCode::done);
  CHECK(cleaned.jobs == 3);
  CHECK(rig.service.count(Call::delete_job) == 2);
  CHECK(rig.job(1).deleted_at.has_value());
}

TEST_CASE("a job that nobody saw end and that is there stays there") {
  Rig rig;
  finish(rig);
  const std::string unseen = rig.service.add_job("gemini-x", "a forerunner of chunk 1");
  rig.store->write([&] {
    FoundJob found{};
    found.chunk = rig.chunk(1).key;
    found.attempt = 1;
    found.model = "gemini-x";
    found.display_name = "a forerunner of chunk 1";
    found.file = rig.file(1).key;
    found.intent_at = rig.clock.now();
    found.epoch = rig.run().epoch;
    found.name = JobName{unseen};
    found.origin = JobOrigin::duplicate;
    const JobKey key = rig.store->add_found_job(found);
    rig.store->job_is_gone(key, rig.clock.now());  // holds nothing, and was not seen to end
  });
  const Cleaned cleaned = clean(rig.context, {});
  CHECK(cleaned.exit == ExitCode::not_finished);
  CHECK(cleaned.jobs == 3);
  REQUIRE(cleaned.plan.kept.size() == 1);
  CHECK(cleaned.plan.kept.front().name == unseen);
  CHECK_FALSE(rig.service.jobs().back().deleted);
}
