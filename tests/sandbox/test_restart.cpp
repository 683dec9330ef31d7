#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "sandbox/rows.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::uint64_t kUnit = 262144;

Options in(const std::string& directory) {
  Options options;
  options.dir = directory;
  return options;
}

}  // namespace

TEST_CASE("files, jobs, uploads in progress and the ledger are there after a kill") {
  const ScratchDirectory home;
  const ScratchDirectory copies;
  const std::string copy = copies.path() + "/copy";
  std::string job;
  std::string deleted;
  std::string target;
  {
    Rig rig(in(home.path()));
    rig.upload("a", line("r0", "Why?"));
    rig.upload("b", "four");
    rig.remove("/v1beta/files/b");
    job = rig.create_job("a", "bc/run/0");
    deleted = rig.create_job("a", "bc/run/1");
    rig.remove("/v1beta/" + deleted);
    target = rig.upload_target(rig.start_upload({{"name", "files/half"}}, kUnit + 1));
    rig.piece(target, "upload", 0, std::string(kUnit, 'x'));
    std::filesystem::copy(home.path(), copy, std::filesystem::copy_options::recursive);  // what a kill leaves
  }
  std::ofstream(copy + "/journal.jsonl", std::ios::app) << R"({"event":"cancel","id)";  // cut in mid-write

  for (int start = 0; start < 2; ++start) {
    Rig rig(in(copy));
    CHECK(rig.get("/v1beta/files/a").status == 200);
    CHECK(rig.get("/v1beta/files/b").status == 403);
    CHECK(rig.state_of(job) == "BATCH_STATE_PENDING");
    CHECK(rig.get("/v1beta/" + deleted).status == 404);
    CHECK(rig.query(target).header("x-goog-upload-size-received") == std::to_string(kUnit));
    const Ledger ledger = rig.server->ledger();
    CHECK(ledger.creates == 2);
    CHECK(ledger.accepted.at("bc/run/1").counted().at(0).key(0) == "r0");
    CHECK(ledger.uploads == 2);
    CHECK(ledger.peak_active_jobs == 2);
    rig.pass(hours{1});
    CHECK(rig.download(job).status == 200);
  }
  Rig rig(in(copy));
  CHECK(rig.create_job("a", "bc/run/2") != job);
  CHECK(rig.piece(target, "upload, finalize", kUnit, "x").json()["file"]["sha256Hash"] ==
        to_base64(sha256_hex(std::string(kUnit + 1, 'x'))));
}

TEST_CASE("how jobs and rows end is the same after a restart with other rules") {
  const ScratchDirectory home;
  std::vector<std::string> paths;
  std::vector<Json> before;
  std::string output;
  std::string tokens;
  std::int64_t at = 0;
  const auto tokens_of = [](Rig& rig) { return rig.get("/__sandbox/ledger").json()["tokens"].dump(); };
  {
    Options options = in(home.path());
    options.scenario.jobs.cancel = JobRules::CancelEnd::partial;
    options.scenario.rows.error = options.scenario.rows.truncated = options.scenario.rows.missing = 0.2;
    options.scenario.rows.shuffled = true;
    Rig rig(options);
    rig.upload("a", many_lines(50));
    rig.upload("v", R"({"key":"r0","request":{"content":{"parts":[{"text":"Q"}]},"outputDimensionality":4}})");
    const auto add = [&](const Json& operation) { paths.push_back("/v1beta/" + operation["name"].get<std::string>()); };
    add(rig.create("a", "plain").json());
    add(rig.create("a", "cancelled").json());
    for (const FaultAction order : {FaultAction::job_fails, FaultAction::job_expires, FaultAction::job_rows_fail}) {
      rig.server->add_fault({.action = order, .body = {}});
      add(rig.create("a", "ordered").json());
    }
    const std::string models = "/v1beta/models/m:";
    add(rig.post(models + "asyncBatchEmbedContent",
                 R"({"batch":{"displayName":"v","inputConfig":{"fileName":"files/v"}}})")
            .json());
    add(rig.post(models + "batchGenerateContent",
                 R"({"batch":{"displayName":"i","priority":"3","inputConfig":{"requests":{"requests":[)"
                 R"({"request":{"contents":[{"parts":[{"text":"Q"}]}]},"metadata":{"key":"k"}}]}}}})")
            .json());
    rig.pass(minutes{8});
    rig.post(paths[1] + ":cancel", "{}");
    rig.pass(hours{48});
    for (const auto& path : paths) before.push_back(rig.get(path).json());
    output = rig.download(paths[0].substr(8)).body + rig.download(paths[1].substr(8)).body;
    tokens = tokens_of(rig);
    at = rig.now_ms;
  }
  Options options = in(home.path());
  options.seed = 7;
  options.scenario.rows.blocked = 1;
  options.scenario.jobs.failed = 1;
  Rig rig(options);
  rig.now_ms = at;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    CAPTURE(before[i]["metadata"]["displayName"]);
    CHECK(rig.get(paths[i]).json() == before[i]);
  }
  CHECK(rig.download(paths[0].substr(8)).body + rig.download(paths[1].substr(8)).body == output);
  CHECK(tokens_of(rig) == tokens);
}

TEST_CASE("an output that was written and not yet counted is counted after a kill") {
  const ScratchDirectory home;
  std::string job;
  {
    Rig rig(in(home.path()));
    rig.upload("a", many_lines(3));
    job = rig.create_job("a", "bc/run/0");
  }
  std::ofstream(home.path() + "/outputs/" + job.substr(8)) << "what a kill left\n";
  Rig rig(in(home.path()));
  rig.pass(hours{1});
  CHECK(lines_of(rig.download(job).body).size() == 3);
  CHECK(rig.server->ledger().tokens.rows == 3);
}

TEST_CASE("a journal of an older sandbox is read") {
  const ScratchDirectory home;
  { Rig rig(in(home.path())); }
  std::ofstream(home.path() + "/inputs/old") << line("r0", "Why?");
  std::ofstream(home.path() + "/journal.jsonl")
      << R"({"event":"job","id":"old","serial":1,"project":"2c70e12b7a0646f9","model":"m","display_name":"bc/run/0",)"
      << R"("file_name":"files/a","created":1795341600000,"starts":1795341700000,"ends":1795341800000,"requests":1,)"
      << R"("failed":1,"tokens":1,"seed":1,"error_rate":1.0,"missing_rate":0.0,"keys":["r0"],"active":1})"
      << "\n"
      << R"({"event":"cancel","id":"old","at":1795341900000})"
      << "\n";
  Rig rig(in(home.path()));
  rig.now_ms = 1795342000000;
  CHECK(rig.state_of("batches/old") == "BATCH_STATE_SUCCEEDED");
  CHECK(lines_of(rig.download("batches/old").body).at(0)["error"]["code"] == 13);
  CHECK(rig.get("/__sandbox/ledger").json()["accepted"] == Json{{"bc/run/0", {{"r0", 1}}}});
}

TEST_CASE("two sandboxes do not share a directory") {
  const ScratchDirectory home;
  const Rig rig(in(home.path()));
  CHECK_THROWS_AS(Server(in(home.path())), Fatal);
}

TEST_CASE("a port that is taken is a clear failure") {
  const Rig rig;
  Options options;
  options.port = rig.server->port();
  CHECK_THROWS_AS(Server{options}, Fatal);
}

TEST_CASE("run prints one ready line and serves until it is told to stop") {
  std::FILE* out = std::tmpfile();
  Options options;
  options.time_scale = 1000;
  options.epoch = *parse_rfc3339("2026-11-22T00:00:00Z");
  int asked = 0;
  CHECK(run(
            options, [&asked] { return ++asked > 1; }, out) == 0);
  std::rewind(out);
  char text[256] = {};
  REQUIRE(std::fgets(text, sizeof text, out) != nullptr);
  std::fclose(out);
  const Json ready = Json::parse(text);
  CHECK(ready["clock"] == "1000@2026-11-22T00:00:00Z");
  CHECK(ready["base_url"].get<std::string>().substr(0, 17) == "http://127.0.0.1:");
  CHECK(ready["pid"].is_number());
}

}  // namespace batchctl::sandbox
