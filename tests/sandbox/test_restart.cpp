#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "sandbox/rig.hpp"

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
