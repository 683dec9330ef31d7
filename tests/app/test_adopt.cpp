// adopt on the service that behaves: what another tool made is bound, and nothing is made twice afterwards.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "app/adopt.hpp"
#include "app/ask.hpp"
#include "app/rig.hpp"
#include "base/sha256.hpp"
#include "fakes/text_source.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

constexpr int kChunks = 6;
constexpr int kRecords = 3;  // a chunk

/// A person with hand-cut files, and the script that made some of the jobs.
struct Person {
  Rig rig;
  std::int64_t commits = 0, fails_at = 0;
  std::vector<std::string> bodies;
  nlohmann::json note = nlohmann::json::array();

  explicit Person(const std::string& format = "gemini") {
    rig.before_commit = [this] {
      if (++commits == fails_at) throw Fatal(ExitCode::failed, "disk", "this commit failed");
    };
    rig.request.settings.chunk_records.reset();
    rig.request.settings.chunk_per_file = true;
    rig.request.settings.input_format = format;
    rig.request.run_name = "qa";
    rig.request.inputs.clear();
    for (int chunk = 0; chunk < kChunks; ++chunk) {
      std::string native, plain;
      for (int i = 0; i < kRecords; ++i) {
        const int n = chunk * kRecords + i;
        native += fmt::format(
            "{{\"key\":\"q-{0}\",\"request\":{{\"contents\":[{{\"role\":\"user\",\"parts\":[{{\"text\":\"What is "
            "{0}?\"}}]}}]}}}}\n",
            n);
        plain += fmt::format("{{\"id\":\"q-{0}\",\"question\":\"What is {0}?\"}}\n", n);
      }
      bodies.push_back(native);
      const std::string path = rig.directory.path(fmt::format("part_{}.jsonl", chunk));
      std::ofstream(path, std::ios::binary) << (format == "gemini" ? native : plain);
      rig.request.inputs.push_back(path);
    }
  }

  template <class Wanted>
  Wanted asked(Request request) {
    const std::optional<Answer> answer = ask(rig.context, std::move(request), std::chrono::seconds{1000});
    REQUIRE(answer);
    REQUIRE(std::holds_alternative<Wanted>(*answer));
    return std::get<Wanted>(*answer);
  }

  std::string upload(int chunk, const std::string& display_name = "by a script") {
    const std::string& body = bodies[static_cast<std::size_t>(chunk)];
    UploadFile file;
    file.id = RemoteFileName{fmt::format("theirs-{}-{}", chunk, rig.service.files().size())};
    file.display_name = display_name;
    file.bytes = body.size();
    file.sha256 = sha256_hex(body);
    file.open = [body] { return std::make_unique<fakes::TextSource>(body); };
    return asked<FileFacts>(std::move(file)).name.value;
  }

  std::string create(const std::string& file, const std::string& display_name) {
    CreateJob job;
    job.model = rig.request.settings.model;
    job.display_name = display_name;
    job.input = RemoteFileName{file};
    job.send_before = std::chrono::nanoseconds::max();
    return asked<CreateOutcome>(std::move(job)).job.value().name.value;
  }

  /// Chunks 0 to 2 have jobs, chunk 3 a file, 4 and 5 nothing.
  void be_in_the_middle() {
    for (int chunk = 0; chunk < 4; ++chunk) {
      nlohmann::json entry = {{"chunk_file", rig.request.inputs[static_cast<std::size_t>(chunk)]}};
      const std::string file = upload(chunk);
      entry["file_name"] = file;
      if (chunk < 3) entry["job_name"] = create(file, fmt::format("script part_{}", chunk));
      note.push_back(entry);
    }
  }

  std::string write_note() {
    std::ofstream(rig.directory.path("note.json")) << note.dump();
    return rig.directory.path("note.json");
  }

  AdoptRequest wish(const std::string& from) {
    AdoptRequest request;
    request.submit = rig.request;
    request.from = from;
    return request;
  }
  Adopted adopt(const std::string& from) { return app::adopt(rig.context, wish(from)); }

  /// Every answer stands at its own question.
  void check_answers() {
    DownloadRequest wanted;
    wanted.output = rig.directory.path("results.jsonl");
    const Downloaded done = app::download(rig.context, wanted);
    REQUIRE(done.written);
    std::ifstream file(done.results_path);
    int n = 0;
    for (std::string line; std::getline(file, line); ++n) {
      const auto json = nlohmann::json::parse(line);
      CHECK_MESSAGE(json["key"] == fmt::format("q-{}", n), line);
      CHECK_MESSAGE(json["answer"] == fmt::format("answer to: What is {}?", n), line);
    }
    CHECK(n == kChunks * kRecords);
  }
};

}  // namespace

TEST_CASE("after adopt from a note or the list, resume makes only what is not there, and answers are joined") {
  Person person;
  person.be_in_the_middle();
  std::string from = "list";
  SUBCASE("the note") { from = person.write_note(); }
  SUBCASE("the list") {}
  SUBCASE("the note, of a service whose jobs have ended") {
    from = person.write_note();
    person.rig.clock.advance(hours{1});
  }
  const Adopted adopted = person.adopt(from);
  CHECK(adopted.exit == ExitCode::done);
  CHECK(adopted.stored);
  CHECK(adopted.adoption.bound.size() == 4);
  CHECK(untouched(adopted) == 2);
  CHECK(person.rig.service.jobs().size() == 3);  // nothing was created
  CHECK(person.rig.service.files().size() == 4);
  CHECK(person.rig.count(ChunkState::submitted) == 3);
  CHECK(person.rig.count(ChunkState::uploaded) == 1);
  person.rig.check_rows();

  CHECK(person.rig.resume(patiently()).exit == ExitCode::done);
  CHECK(person.rig.service.jobs().size() == kChunks);
  CHECK(person.rig.service.count(Call::upload) == kChunks);  // four by the script, two by us
  CHECK(person.rig.service.count(Call::create) == kChunks);
  person.check_answers();
}

TEST_CASE("a job that the note does not know is found in the list, and its file is not used for a second one") {
  Person person;
  person.be_in_the_middle();
  person.create(person.note[3]["file_name"], "made just before the script died");
  const Adopted adopted = person.adopt(person.write_note());
  CHECK(adopted.exit == ExitCode::done);
  CHECK(person.rig.count(ChunkState::submitted) == 4);
  CHECK(person.rig.resume(patiently()).exit == ExitCode::done);
  CHECK(person.rig.service.jobs().size() == kChunks);
  person.check_answers();
}

TEST_CASE("a dry run, a no and a failure store nothing, not even the plan") {
  Person person;
  person.be_in_the_middle();
  AdoptRequest request = person.wish("list");
  SUBCASE("a dry run") {
    request.dry_run = true;
    const Adopted adopted = app::adopt(person.rig.context, request);
    CHECK(adopted.adoption.bound.size() == 4);
    CHECK(!adopted.stored);
  }
  SUBCASE("a no") {
    request.agree = [](const Adopted&) { return false; };
    CHECK_THROWS_WITH_AS(app::adopt(person.rig.context, request), "nothing was stored", Fatal);
  }
  SUBCASE("a list that cannot be read") {
    person.rig.service.order(
        {.on = Call::list, .fault = Fault::answers, .times = 5, .answer = fakes::server_failure()});
    CHECK_THROWS_AS(app::adopt(person.rig.context, request), Fatal);
  }
  CHECK(person.rig.store->runs().empty());
}

TEST_CASE("when nothing fits the plan, nothing is stored, and the exit says that it is another input") {
  Person person;
  const std::string job = person.create(person.upload(0), "x");
  person.rig.request.inputs = {person.rig.request.inputs[5]};
  const Adopted adopted = person.adopt("list");
  CHECK(adopted.exit == ExitCode::mismatch);
  CHECK(adopted.unrelated == 1);  // the job; its file is its own matter
  CHECK(person.rig.store->runs().empty());
}

TEST_CASE("whichever commit of adopt fails, all of it is there or none, and doing it again is enough") {
  for (std::int64_t n = 1;; ++n) {
    CAPTURE(n);
    Person person;
    person.be_in_the_middle();
    person.commits = 0;
    person.fails_at = n;
    bool failed = false;
    try {
      person.adopt("list");
    } catch (const Fatal& fatal) {
      failed = fatal.code() == "disk";
      REQUIRE(failed);
    }
    person.fails_at = 0;
    if (!failed) {
      CHECK(n > 1);
      break;
    }
    CHECK(person.rig.store->runs().empty());
    CHECK(person.adopt("list").exit == ExitCode::done);
    CHECK(person.rig.resume(patiently()).exit == ExitCode::done);
    CHECK(person.rig.service.jobs().size() == kChunks);
    person.check_answers();
  }
}

TEST_CASE("adopting again into the run binds nothing twice, and binds what has come since") {
  Person person;
  person.be_in_the_middle();
  REQUIRE(person.adopt("list").exit == ExitCode::done);
  person.rig.request.inputs.clear();
  const Adopted again = person.adopt("list");
  CHECK(again.exit == ExitCode::done);
  CHECK(again.adoption.bound.empty());
  CHECK(again.adoption.already == 4);
  person.create(person.upload(5), "made later");
  const Adopted later = person.adopt("list");
  CHECK(later.adoption.bound.size() == 1);
  CHECK(person.rig.state(5) == ChunkState::submitted);
  person.rig.check_rows();
}

TEST_CASE("a second job of a chunk is told and left alone, and is neither cancelled nor bound") {
  Person person;
  person.be_in_the_middle();
  const std::string second = person.create(person.note[0]["file_name"], "script part_0 again");
  const Adopted adopted = person.adopt("list");
  CHECK(adopted.exit == ExitCode::incomplete);
  REQUIRE(adopted.adoption.left.size() == 1);
  CHECK(adopted.adoption.left[0].name == second);
  CHECK(adopted.adoption.left[0].reason == plan::LeftWhy::duplicate);
  CHECK(person.rig.resume(patiently()).exit == ExitCode::done);
  CHECK(person.rig.service.count(Call::cancel) == 0);
  person.check_answers();
}

TEST_CASE("a job of another rendering is bound by name and count, and its answers are joined by the records' keys") {
  Person person("qa");
  person.be_in_the_middle();
  const Adopted adopted = person.adopt(person.write_note());
  CHECK(adopted.exit == ExitCode::incomplete);  // the file without a job holds bytes that nobody can compare
  CHECK(adopted.adoption.bound.size() == 3);
  CHECK(adopted.adoption.bound[0].evidence == plan::Evidence::count);
  CHECK(person.rig.resume(patiently()).exit == ExitCode::done);
  CHECK(person.rig.service.jobs().size() == kChunks);
  person.check_answers();
}

TEST_CASE("an adopted job that fails is made again from its file, else from our own bytes, and joined either way") {
  for (const char* format : {"gemini", "qa"}) {
    CAPTURE(format);
    Person person(format);
    person.rig.service.options().plan = [usual = person.rig.service.options().job](const fakes::FakeJob& job) {
      JobPlan plan = usual;
      plan.end = job.serial == 1 ? JobState::failed : JobState::succeeded;
      plan.has_output = job.serial != 1;
      return plan;
    };
    person.be_in_the_middle();
    REQUIRE(person.adopt(person.write_note()).stored);
    CHECK(person.rig.resume(patiently()).exit == ExitCode::done);
    CHECK(person.rig.service.jobs().size() == kChunks + 1);
    person.check_answers();
  }
}

TEST_CASE("answers whose keys no record has stop the run before anything is asked again") {
  Person person("qa");
  for (std::string& body : person.bodies)
    for (std::size_t at = body.find("q-"); at != std::string::npos; at = body.find("q-", at + 2)) body[at] = 'x';
  person.be_in_the_middle();
  REQUIRE(person.adopt(person.write_note()).stored);
  person.rig.clock.advance(hours{1});
  const Driven stopped = person.rig.resume();
  CHECK(stopped.exit == ExitCode::attention);
  CHECK(person.rig.run().stop.value().reason == "unknown_keys");
  const std::size_t jobs = person.rig.service.jobs().size();
  CHECK(jobs <= kChunks);
  CHECK(person.rig.resume(patiently()).exit == ExitCode::done);  // a person has seen it
  person.check_answers();
}
