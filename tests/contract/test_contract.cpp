// One suite for everything that stands behind the port: the fake that the driver is tested with must not be kinder or
// crueller than the sandbox over HTTP.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "contract/asking.hpp"

using namespace batchctl;
using namespace batchctl::contract;

#define CONTRACT(name) TEST_CASE_TEMPLATE(name, World, FakeRig, SandboxRig)

// ---- files --------------------------------------------------------------------------------------------------------

CONTRACT("an uploaded file is there under our name, with our bytes and hash, for about 48 hours") {
  World rig;
  const std::string body = body_of(3);
  const FileFacts facts = uploaded(rig, "bc-0001", body);
  CHECK(facts.name == RemoteFileName{"files/bc-0001"});
  CHECK(facts.bytes == body.size());
  CHECK(facts.sha256 == sha256_hex(body));
  CHECK(facts.state == FileFacts::State::active);
  CHECK_FALSE(facts.uri.empty());
  CHECK(facts.mime == "application/jsonl");
  REQUIRE(facts.expires_at.has_value());
  CHECK(*facts.expires_at > rig.clock().now() + hours{47});

  for (const char* name : {"bc-0001", "files/bc-0001"}) {
    const auto found = as<FileFacts>(ask(rig, FindFile{RemoteFileName{name}}));
    CHECK(found.name == facts.name);
    CHECK(found.sha256 == facts.sha256);
    CHECK(found.bytes == facts.bytes);
  }
  rig.advance(hours{49});
  CHECK(failure_kind(ask(rig, FindFile{facts.name})) == FailureKind::not_found);
}

CONTRACT("files are listed page by page, each once, with their names for people and their hashes") {
  World rig;
  std::map<std::string, std::string> sent;
  for (int i = 0; i < 2 * Rig::kPage + 1; ++i) {
    const FileFacts facts = uploaded(rig, "bc-" + std::to_string(1000 + i), body_of(1 + i % 3));
    sent[facts.name.value] = facts.sha256.value();
  }
  std::map<std::string, std::string> listed;
  std::string next;
  int pages = 0;
  do {
    const auto page = as<FilePage>(ask(rig, ListFiles{next}));
    CHECK(page.complete);
    for (const FileFacts& facts : page.files) {
      CHECK_FALSE(facts.display_name.empty());
      CHECK(listed.emplace(facts.name.value, facts.sha256.value_or("")).second);
    }
    next = page.next_page;
  } while (!next.empty() && ++pages < 10);
  CHECK(pages < 10);
  CHECK(listed == sent);
}

CONTRACT("a deleted file is not found, neither by asking nor by deleting again") {
  World rig;
  uploaded(rig, "bc-0001");
  as<Done>(ask(rig, DeleteFile{RemoteFileName{"bc-0001"}}));
  CHECK(failure_kind(ask(rig, FindFile{RemoteFileName{"bc-0001"}})) == FailureKind::not_found);
  CHECK(failure_kind(ask(rig, DeleteFile{RemoteFileName{"files/bc-0001"}})) == FailureKind::not_found);
}

CONTRACT("an upload may be repeated: the same bytes under the same name are a success") {
  World rig;
  const FileFacts first = uploaded(rig, "bc-0001");
  const FileFacts second = uploaded(rig, "bc-0001");
  CHECK(second.name == first.name);
  CHECK(second.sha256 == first.sha256);
}

CONTRACT("a name that is taken by other bytes is refused as taken") {
  World rig;
  uploaded(rig, "bc-0001", body_of(3));
  const auto failure = as<Failure>(ask(rig, upload_of("bc-0001", body_of(4))));
  CHECK(failure.kind == FailureKind::rejected);
  CHECK(failure.reason == "name_taken");
}

CONTRACT("bytes that are not what was planned do not become a file") {
  World rig;
  std::function<void(std::string&)> change;
  SUBCASE("another byte") {
    change = [](std::string& body) { body[body.size() / 2] = '\t'; };
  }
  SUBCASE("a byte less") {
    change = [](std::string& body) { body.pop_back(); };
  }
  SUBCASE("a byte more") {
    change = [](std::string& body) { body += '\n'; };
  }
  for (const int records : {10, 150'000}) {  // of one piece, and of two
    const std::string body = body_of(records);
    std::string actual = body;
    change(actual);
    UploadFile upload = upload_of("bc-0001", body);
    upload.open = [actual] { return std::make_unique<TextSource>(actual); };
    CHECK(failure_kind(ask(rig, upload)) == FailureKind::source);
    CHECK(failure_kind(ask(rig, FindFile{upload.id})) == FailureKind::not_found);
  }
}

CONTRACT("a large body arrives byte for byte") {
  World rig;
  const std::string body = body_of(300'000);
  REQUIRE(body.size() > std::size_t{16} << 20U);
  const FileFacts facts = uploaded(rig, "bc-0001", body);
  CHECK(facts.bytes == body.size());
  CHECK(facts.sha256 == sha256_hex(body));
}

// ---- jobs ---------------------------------------------------------------------------------------------------------

CONTRACT("a job is created, lives, ends with an output, and the output has a line for every record") {
  World rig;
  const RemoteFileName input = uploaded(rig, "bc-0001", body_of(5)).name;
  const CreateOutcome outcome = create(rig, "bc/run/0/a1/x", input);
  REQUIRE(outcome.answer == CreateAnswer::created);
  REQUIRE(outcome.job.has_value());
  CHECK(outcome.job->display_name == "bc/run/0/a1/x");
  CHECK(outcome.job->input == input);
  CHECK(outcome.job->model == "gemini-2.5-flash");
  CHECK(outcome.job->state == JobState::pending);
  CHECK_FALSE(outcome.job->ended);
  CHECK(outcome.job->stats.requests == 5);

  rig.advance(minutes{6});
  const JobName name = outcome.job->name;
  CHECK(as<Observation>(ask(rig, GetJob{name})).state == JobState::running);
  rig.advance(Rig::kLong);
  const auto ended = as<Observation>(ask(rig, GetJob{name}));
  CHECK(ended.state == JobState::succeeded);
  CHECK(ended.ended);
  CHECK(ended.ended_at.has_value());
  CHECK(ended.stats.succeeded == 5);
  REQUIRE(ended.output.has_value());

  const std::string path = scratch("output");
  const auto fetched = as<Fetched>(ask(rig, FetchOutput{*ended.output, path}));
  CHECK(fetched.bytes == std::filesystem::file_size(path));
  std::set<std::string> keys;
  for (const std::string& line : lines_in(path)) {
    const auto json = nlohmann::json::parse(line);
    const std::string key = json.at("key");
    keys.insert(key);
    const std::string text = json.at("response").at("candidates").at(0).at("content").at("parts").at(0).at("text");
    CHECK(text.find("question " + key.substr(1)) != std::string::npos);
  }
  CHECK(keys == std::set<std::string>{"r0", "r1", "r2", "r3", "r4"});
  CHECK(rig.jobs_made("bc/run/0/a1/x") == 1);
}

CONTRACT("a create is not idempotent: two of them are two jobs, and both are listed") {
  World rig;
  const RemoteFileName input = uploaded(rig, "bc-0001").name;
  const JobName first = created(rig, "bc/run/0/a1/x", input);
  rig.advance(seconds{1});
  const JobName second = created(rig, "bc/run/0/a1/x", input);
  CHECK(first != second);
  CHECK(rig.jobs_made("bc/run/0/a1/x") == 2);
  const auto page = as<JobPage>(ask(rig, ListJobs{}));
  REQUIRE(page.jobs.size() == 2);
  CHECK(page.jobs[0].name == second);
  CHECK(page.jobs[1].name == first);
  CHECK(page.jobs[0].input == input);
  CHECK(page.jobs[1].display_name == "bc/run/0/a1/x");
}

CONTRACT("the list shows every job once, newest first, over all its pages") {
  World rig;
  const auto empty = as<JobPage>(ask(rig, ListJobs{}));
  CHECK(empty.jobs.empty());
  CHECK(empty.complete);
  CHECK(empty.next_page.empty());

  const RemoteFileName input = uploaded(rig, "bc-0001").name;
  std::vector<JobName> names;
  for (int i = 0; i < 2 * Rig::kPage + 1; ++i) {
    names.insert(names.begin(), created(rig, "bc/run/" + std::to_string(i) + "/a1/x", input));
    rig.advance(seconds{1});
  }
  std::vector<JobName> listed;
  int pages = 0;
  std::string next;
  do {
    const auto page = as<JobPage>(ask(rig, ListJobs{next}));
    CHECK(page.complete);
    for (const Observation& job : page.jobs) listed.push_back(job.name);
    next = page.next_page;
    ++pages;
  } while (!next.empty() && pages < 10);
  CHECK(pages == 3);
  CHECK(listed == names);
}

CONTRACT("a create is answered by what is wrong with it, and then no job exists") {
  World rig;
  const RemoteFileName input = uploaded(rig, "bc-0001").name;
  SUBCASE("a file that is not there") {
    const CreateOutcome outcome = create(rig, "d", RemoteFileName{"files/bc-none"});
    CHECK(outcome.answer == CreateAnswer::lost_file);
    CHECK(outcome.failure.http_status != 0);
  }
  SUBCASE("a file that has expired") {
    rig.advance(hours{49});
    CHECK(create(rig, "d", input).answer == CreateAnswer::lost_file);
  }
  SUBCASE("a model that does not exist") {
    CreateJob request = create_of(rig, "d", input);
    request.model = "unknown-model";
    const auto outcome = as<CreateOutcome>(ask(rig, request));
    CHECK(outcome.answer == CreateAnswer::stopped);
    CHECK(outcome.failure.kind == FailureKind::stopped);
    CHECK(outcome.failure.reason == "model");
  }
  SUBCASE("a line that is no request") {
    const RemoteFileName bad = uploaded(rig, "bc-0002", body_of(1) + "not json\n" + body_of(1)).name;
    const CreateOutcome outcome = create(rig, "d", bad);
    CHECK(outcome.answer == CreateAnswer::rejected);
    CHECK(outcome.failure.message.find("line 2") != std::string::npos);
  }
  SUBCASE("a time to be sent that has passed") {
    CreateJob request = create_of(rig, "d", input);
    request.send_before = rig.clock().boot_now() - std::chrono::seconds{1};
    CHECK(as<CreateOutcome>(ask(rig, request)).answer == CreateAnswer::not_sent);
  }
  CHECK(rig.jobs_made("d") == 0);
  CHECK(as<JobPage>(ask(rig, ListJobs{})).jobs.empty());
}

CONTRACT("a create whose answer is lost is unclear, whether or not it took effect") {
  World rig;
  const RemoteFileName input = uploaded(rig, "bc-0001").name;
  bool takes_effect = false;
  SUBCASE("it did") { takes_effect = true; }
  SUBCASE("it did not") { takes_effect = false; }
  rig.lose_next_create(takes_effect);
  const CreateOutcome outcome = create(rig, "bc/run/0/a1/x", input);
  CHECK(outcome.answer == CreateAnswer::unclear);
  CHECK_FALSE(outcome.failure.message.empty());
  CHECK(rig.jobs_made("bc/run/0/a1/x") == (takes_effect ? 1 : 0));
  const auto page = as<JobPage>(ask(rig, ListJobs{}));
  REQUIRE(page.jobs.size() == (takes_effect ? 1U : 0U));
  if (takes_effect) {
    CHECK(page.jobs[0].display_name == "bc/run/0/a1/x");
    CHECK(page.jobs[0].input == input);
  }
}

CONTRACT("a create above the cap is refused, and again possible when a job has ended") {
  World rig;
  rig.cap_jobs(2);
  const RemoteFileName input = uploaded(rig, "bc-0001").name;
  created(rig, "a", input);
  created(rig, "b", input);
  const CreateOutcome outcome = create(rig, "c", input);
  CHECK(outcome.answer == CreateAnswer::refused);
  CHECK(outcome.failure.kind == FailureKind::quota);
  REQUIRE(outcome.failure.refusal.has_value());
  CHECK(outcome.failure.refusal->kind == PauseKind::unknown);
  CHECK_FALSE(outcome.failure.refusal->message.empty());
  CHECK(rig.jobs_made("c") == 0);
  rig.advance(Rig::kLong);
  created(rig, "c", input);
}

CONTRACT("a cancelled job ends as cancelled, and one that has ended is left as it is") {
  World rig;
  const RemoteFileName input = uploaded(rig, "bc-0001").name;
  const JobName pending = created(rig, "a", input);
  as<Done>(ask(rig, CancelJob{pending}));
  const auto seen = as<Observation>(ask(rig, GetJob{pending}));
  CHECK(seen.state == JobState::cancelled);
  CHECK(seen.ended);
  CHECK_FALSE(seen.output.has_value());
  as<Done>(ask(rig, CancelJob{pending}));

  const JobName finished = created(rig, "b", input);
  rig.advance(Rig::kLong);
  CHECK(failure_kind(ask(rig, CancelJob{finished})) == FailureKind::rejected);
  CHECK(as<Observation>(ask(rig, GetJob{finished})).state == JobState::succeeded);
}

CONTRACT("a job that is not known is not found, by any call") {
  World rig;
  const JobName name = created(rig, "a", uploaded(rig, "bc-0001").name);
  as<Done>(ask(rig, DeleteJob{name}));
  CHECK(failure_kind(ask(rig, GetJob{name})) == FailureKind::not_found);
  CHECK(failure_kind(ask(rig, CancelJob{name})) == FailureKind::not_found);
  CHECK(failure_kind(ask(rig, DeleteJob{name})) == FailureKind::not_found);
  CHECK(as<JobPage>(ask(rig, ListJobs{})).jobs.empty());
}

CONTRACT("an output may be fetched again, and goes with its job") {
  World rig;
  const JobName name = created(rig, "a", uploaded(rig, "bc-0001").name);
  rig.advance(Rig::kLong);
  const OutputRef output = *as<Observation>(ask(rig, GetJob{name})).output;
  const std::string path = scratch("again");
  as<Fetched>(ask(rig, FetchOutput{output, path}));
  const auto first = lines_in(path);
  as<Fetched>(ask(rig, FetchOutput{output, path}));
  CHECK(lines_in(path) == first);
  CHECK(failure_kind(ask(rig, FetchOutput{output, scratch("no") + "/such/file"})) == FailureKind::local);
  as<Done>(ask(rig, DeleteJob{name}));
  CHECK(failure_kind(ask(rig, FetchOutput{output, path})) == FailureKind::not_found);
}

// ---- the door -----------------------------------------------------------------------------------------------------

CONTRACT("every ticket is answered exactly once, whatever the order") {
  World rig;
  const JobName name = created(rig, "a", uploaded(rig, "bc-0001").name);
  for (Ticket ticket = 1; ticket <= 20; ++ticket) rig.service().start(ticket, GetJob{name});
  rig.service().start(21, upload_of("bc-0002", body_of(9)));
  rig.service().start(22, ListJobs{});
  std::multiset<Ticket> answered;
  for (int turn = 0; turn < 100 && answered.size() < 22; ++turn) {
    for (const Completion& completion : rig.service().wait(rig.clock().now() + seconds{30})) {
      answered.insert(completion.ticket);
      CHECK_FALSE(std::holds_alternative<Failure>(completion.answer));
    }
  }
  CHECK(answered.size() == 22);
  CHECK(std::set<Ticket>(answered.begin(), answered.end()).size() == 22);
}

CONTRACT("nothing comes back for what was abandoned") {
  World rig;
  const JobName name = created(rig, "a", uploaded(rig, "bc-0001").name);
  rig.service().start(1, GetJob{name});
  rig.service().start(2, ListJobs{});
  rig.service().abandon();
  CHECK(rig.service().wait(rig.clock().now() + milliseconds{200}).empty());
  CHECK(as<Observation>(ask(rig, GetJob{name})).name == name);
}

CONTRACT("a failed look says nothing about the job") {
  World rig;
  const JobName name = created(rig, "a", uploaded(rig, "bc-0001").name);
  rig.fail_next_get();
  const auto failure = as<Failure>(ask(rig, GetJob{name}));
  CHECK(failure.kind == FailureKind::server);
  CHECK(failure.http_status == 503);
  CHECK(failure.message == "503 without a body");
  CHECK(as<Observation>(ask(rig, GetJob{name})).name == name);
}

CONTRACT("without a connection a create is not sent and a look brings nothing") {
  World rig;
  const RemoteFileName input = uploaded(rig, "bc-0001").name;
  rig.unplug();
  CHECK(create(rig, "a", input).answer == CreateAnswer::not_sent);
  CHECK(failure_kind(ask(rig, ListJobs{})) == FailureKind::unreachable);
  CHECK(failure_kind(ask(rig, upload_of("bc-0002", body_of(2)))) == FailureKind::unreachable);
}

CONTRACT("the service's clock is unknown before the first answer and then agrees with the run's") {
  World rig;
  CHECK_FALSE(rig.service().clock_skew().has_value());
  as<JobPage>(ask(rig, ListJobs{}));
  REQUIRE(rig.service().clock_skew().has_value());
  CHECK(std::abs(rig.service().clock_skew()->count()) <= 2000);
}

// ---- the judge of what is said over HTTP ----------------------------------------------------------------------------

TEST_CASE("every request of this suite and every answer of the sandbox is held against the discovery document") {
  if (discovery::Discovery::beside_the_project() == nullptr) return;
  SandboxRig rig;
  uploaded(rig, "bc-0001");
  CHECK(rig.judged() == 2);  // the start and the bytes
}
