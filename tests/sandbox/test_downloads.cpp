#include <doctest/doctest.h>

#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

using Redirect = DownloadRules::Redirect;

/// A job whose results are there.
class Finished {
 public:
  explicit Finished(const DownloadRules& rules) : rig(with(rules)) {
    rig.upload("a", line("r0", "Why?"));
    job = rig.create_job("a", "bc/run/0");
    rig.pass(hours{1});
    path = "/v1beta/files/batch-" + job.substr(8) + ":download?alt=media";
  }

  Reply get(const std::string& target, const httplib::Headers& headers) {
    const auto result = rig.client->Get(target, headers);
    return result ? Reply{result->status, result->body, result->headers} : Reply{};
  }
  Reply range(const std::string& bytes) { return get(path, {{"x-goog-api-key", "key"}, {"Range", bytes}}); }

  Rig rig;
  std::string job, path;

 private:
  static Options with(const DownloadRules& rules) {
    Options options;
    options.scenario.downloads = rules;
    return options;
  }
};

/// The path of a redirect, after a check of its origin.
std::string path_at(const Reply& reply, const std::string& origin) {
  CHECK(reply.status == 302);
  const std::string location = reply.header("Location");
  REQUIRE(location.compare(0, origin.size() + 1, origin + "/") == 0);
  return location.substr(origin.size());
}

}  // namespace

TEST_CASE("a download can be continued with a range") {
  Finished finished(DownloadRules{});
  const std::string whole = finished.rig.download(finished.job).body;
  const std::string size = std::to_string(whole.size());
  CHECK(finished.rig.download(finished.job).header("Accept-Ranges") == "bytes");

  const Reply rest = finished.range("bytes=20-");
  CHECK(rest.status == 206);
  CHECK(rest.body == whole.substr(20));
  CHECK(rest.header("Content-Range") == "bytes 20-" + std::to_string(whole.size() - 1) + "/" + size);
  const Reply middle = finished.range("bytes=3-5");
  CHECK(middle.body == whole.substr(3, 3));
  CHECK(middle.header("Content-Range") == "bytes 3-5/" + size);
  CHECK(middle.header("Content-Length") == "3");
  CHECK(finished.range("bytes=-7").body == whole.substr(whole.size() - 7));
  CHECK(finished.range("bytes=0-99999999").body == whole);
  CHECK(finished.range("bytes=0-99999999").status == 206);

  const Reply beyond = finished.range("bytes=" + size + "-");
  CHECK(beyond.status == 416);
  CHECK(beyond.header("Content-Range") == "bytes */" + size);
  CHECK(finished.range("bytes=0-1,4-5").status == 200);
  CHECK(
      finished.get(finished.path, {{"x-goog-api-key", "key"}, {"Range", "bytes=3-"}, {"If-Range", "\"other\""}}).body ==
      whole);
}

TEST_CASE("without ranges a download is always whole") {
  Finished finished({.ranges = false});
  const Reply reply = finished.range("bytes=20-");
  CHECK(reply.status == 200);
  CHECK(reply.body == finished.rig.download(finished.job).body);
  CHECK(reply.header("Accept-Ranges").empty());
  CHECK(reply.header("Content-Range").empty());
}

TEST_CASE("a redirect leads to a place that needs no key") {
  Finished plain(DownloadRules{});
  const std::string whole = plain.rig.download(plain.job).body;
  SUBCASE("here") {
    Finished finished({.redirect = Redirect::here});
    const std::string origin = finished.rig.server->base_url();
    const std::string path = path_at(finished.rig.download(finished.job), origin);
    CHECK(finished.get(path, {}).body == whole);
    CHECK(finished.get(path, {{"Range", "bytes=20-"}}).body == whole.substr(20));
    CHECK(finished.rig.get(path).body == whole);  // with the key: the origin has it already
    CHECK(finished.rig.server->ledger().keys_leaked == 0);
    CHECK(finished.rig.server->ledger().requests.at("redirected") == 3);
    CHECK(finished.get("/redirected/guessed", {}).status == 404);
  }
  SUBCASE("elsewhere") {
    Finished finished({.redirect = Redirect::elsewhere});
    const std::string port = std::to_string(finished.rig.server->port());
    const Reply redirect = finished.rig.download(finished.job);
    CHECK(redirect.header("Location").find("key") == std::string::npos);
    const std::string path = path_at(redirect, "http://localhost:" + port);
    CHECK(finished.get(path, {}).body == whole);
    CHECK(finished.rig.server->ledger().keys_leaked == 0);
    CHECK(finished.rig.get(path).status == 200);
    CHECK(finished.get(path + "?key=key", {}).status == 200);
    CHECK(finished.rig.get("/__sandbox/ledger").json()["keys_leaked"] == 2);
    const Reply from_there = finished.get(finished.path, {{"x-goog-api-key", "key"}, {"Host", "localhost:" + port}});
    path_at(from_there, "http://127.0.0.1:" + port);
  }
}

TEST_CASE("a download that is not there is not redirected") {
  Finished finished({.redirect = Redirect::here});
  CHECK(finished.rig.download("batches/unknown").status == 404);
}

TEST_CASE("one of the two paths of a download can be missing") {
  struct Case {
    DownloadRules::Paths paths;
    int with_prefix, bare;
  };
  for (const Case& one : {Case{DownloadRules::Paths::both, 200, 200}, Case{DownloadRules::Paths::download, 200, 404},
                          Case{DownloadRules::Paths::bare, 404, 200}}) {
    Finished finished({.paths = one.paths});
    CHECK(finished.rig.get("/download" + finished.path).status == one.with_prefix);
    CHECK(finished.rig.get(finished.path).status == one.bare);
  }
}

}  // namespace batchctl::sandbox
