#include <doctest/doctest.h>

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::uint64_t kUnit = 262144;

}  // namespace

TEST_CASE("an upload in pieces is the same file as its bytes, and its hash is base64 of the hex form") {
  Rig rig;
  std::string bytes;
  for (std::size_t i = 0; i < 3 * kUnit + 17; ++i) bytes += static_cast<char>('a' + i % 23);
  const Reply start = rig.start_upload({{"name", "files/pieces"}, {"displayName", "p"}}, bytes.size());
  CHECK(start.body.empty());
  CHECK(start.header("x-goog-upload-status") == "active");
  CHECK(start.header("x-goog-upload-chunk-granularity") == "262144");
  const std::string target = rig.upload_target(start);

  const Reply first = rig.piece(target, "upload", 0, bytes.substr(0, 2 * kUnit));
  CHECK(first.status == 200);
  CHECK(first.body.empty());
  CHECK(first.header("x-goog-upload-status") == "active");
  CHECK(rig.query(target).header("x-goog-upload-size-received") == std::to_string(2 * kUnit));

  const Reply last = rig.piece(target, "Upload, Finalize", 2 * kUnit, bytes.substr(2 * kUnit));
  CHECK(last.header("x-goog-upload-status") == "final");
  const Json file = last.json()["file"];
  CHECK(file["sha256Hash"] == to_base64(sha256_hex(bytes)));
  CHECK(rig.get("/v1beta/files/pieces").json() == file);
  CHECK(rig.query(target).header("x-goog-upload-status") == "final");
}

TEST_CASE("all bytes can come first and the bare word finalize after") {
  Rig rig;
  const std::string bytes(kUnit, 'x');
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/late"}}, bytes.size()));
  CHECK(rig.piece(target, "upload", 0, bytes).header("x-goog-upload-status") == "active");
  CHECK(rig.piece(target, "finalize", kUnit, "").json()["file"]["name"] == "files/late");
}

TEST_CASE("a piece that does not fit is refused and changes nothing") {
  Rig rig;
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/odd"}}, 2 * kUnit));
  CHECK(rig.piece(target, "upload", 0, std::string(kUnit, 'x')).status == 200);
  SUBCASE("at a wrong offset") { CHECK(rig.piece(target, "upload", 0, std::string(kUnit, 'x')).status == 400); }
  SUBCASE("not a multiple of the granularity") { CHECK(rig.piece(target, "upload", kUnit, "short").status == 400); }
  SUBCASE("more than declared") {
    CHECK(rig.piece(target, "upload", kUnit, std::string(2 * kUnit, 'x')).status == 400);
  }
  SUBCASE("final but shorter than declared") { CHECK(rig.piece(target, "finalize", kUnit, "").status == 400); }
  CHECK(rig.query(target).header("x-goog-upload-size-received") == std::to_string(kUnit));
  CHECK(rig.get("/v1beta/files/odd").status == 403);
  CHECK(rig.piece(target, "upload, finalize", kUnit, std::string(kUnit, 'x')).status == 200);
}

TEST_CASE("of a piece cut on its way the whole units stay, and the upload goes on from there") {
  Rig rig;
  const std::string bytes(3 * kUnit, 'x');
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/cut"}}, bytes.size()));
  httplib::Client other("127.0.0.1", rig.server->port());
  const auto half_sent = other.Post(
      target, {{"X-Goog-Upload-Command", "upload, finalize"}, {"X-Goog-Upload-Offset", "0"}}, bytes.size(),
      [&](std::size_t offset, std::size_t, httplib::DataSink& sink) {
        return offset < kUnit + 1000 && sink.write(bytes.data() + offset, kUnit + 1000);
      },
      "application/octet-stream");
  CHECK_FALSE(half_sent);
  other.stop();
  Reply state = rig.query(target);
  // What was sent may still lie in the socket when the first query comes.
  while (state.header("x-goog-upload-size-received") == "0") state = rig.query(target);
  CHECK(state.header("x-goog-upload-status") == "active");
  CHECK(state.header("x-goog-upload-size-received") == std::to_string(kUnit));
  CHECK(rig.piece(target, "upload, finalize", kUnit, bytes.substr(kUnit)).json()["file"]["sha256Hash"] ==
        to_base64(sha256_hex(bytes)));
}

TEST_CASE("a cancelled upload takes no more bytes") {
  Rig rig;
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/gone"}}, 4));
  CHECK(rig.piece(target, "cancel", 0, "").header("x-goog-upload-status") == "cancelled");
  CHECK(rig.piece(target, "upload, finalize", 0, "four").status == 400);
  CHECK(rig.get("/v1beta/files/gone").status == 403);
}

TEST_CASE("names of the client are checked when the upload starts") {
  Rig rig;
  const auto message = [&rig](const std::string& name) {
    const Reply reply = rig.start_upload({{"name", name}}, 4);
    CHECK(reply.status == 400);
    return reply.json()["error"]["message"].get<std::string>();
  };
  const std::string charset =
      "* CreateFileRequest.file.name: File name may only contain lowercase alphanumeric characters or dashes (-) and "
      "cannot begin or end with a dash.\n";
  CHECK(message("no-prefix") == charset);
  CHECK(message("files/Upper") == charset);
  CHECK(message("files/-dash") == charset);
  CHECK(message("files/" + std::string(41, 'a')) ==
        "* CreateFileRequest.file.name: File ID (name excluding 'files/') cannot be more than 40 characters.\n");
  CHECK(rig.upload(std::string(40, 'a'), "four").status == 200);
  const Reply taken = rig.upload(std::string(40, 'a'), "four");
  CHECK(taken.status == 409);
  CHECK(taken.json()["error"]["status"] == "ALREADY_EXISTS");
}

TEST_CASE("of two uploads under one name the second to finish is refused") {
  Rig rig;
  const std::string one = rig.upload_target(rig.start_upload({{"name", "files/same"}}, 4));
  const std::string two = rig.upload_target(rig.start_upload({{"name", "files/same"}}, 4));
  CHECK(rig.piece(two, "upload, finalize", 0, "four").status == 200);
  CHECK(rig.piece(one, "upload, finalize", 0, "five").status == 409);
}

TEST_CASE("without a name the service chooses twelve characters") {
  Rig rig;
  const std::string name = rig.upload("", "four").json()["file"]["name"];
  CHECK(name.size() == std::string("files/").size() + 12);
}

TEST_CASE("the MIME type jsonl is refused at the end, with status final") {
  Rig rig;
  const Reply reply = rig.upload("mime", "four", "jsonl");
  CHECK(reply.status == 400);
  CHECK(reply.header("x-goog-upload-status") == "final");
  CHECK(reply.json()["error"]["message"] == "Unsupported MIME type: jsonl");
}

TEST_CASE("full storage is answered with a delay that means never") {
  Options options;
  quota_of(options.scenario, QuotaRule::Limit::storage).most = 10;
  Rig rig(options);
  CHECK(rig.upload("a", "12345678").status == 200);
  const Reply full = rig.upload("b", "12345678");
  CHECK(full.status == 429);
  const Json details = full.json()["error"]["details"];
  CHECK(details[0]["violations"][0]["quotaId"] == "FileStorageBytesPerProject");
  CHECK(details[2]["retryDelay"] == "9223372036854775807s");
  rig.remove("/v1beta/files/a");
  CHECK(rig.upload("c", "12345678").status == 200);
}

TEST_CASE("files are listed newest first, in pages, and expire after 48 hours") {
  Rig rig;
  CHECK(rig.get("/v1beta/files").json() == Json::object());
  for (const char* name : {"a", "b", "c"}) rig.upload(name, "four");
  const Json page = rig.get("/v1beta/files?pageSize=2").json();
  CHECK(page["files"][0]["name"] == "files/c");
  CHECK(page["files"].size() == 2);
  const Json rest = rig.get("/v1beta/files?pageSize=2&pageToken=" + page["nextPageToken"].get<std::string>()).json();
  CHECK(rest["files"].size() == 1);
  CHECK(rest["files"][0]["name"] == "files/a");
  CHECK_FALSE(rest.contains("nextPageToken"));
  rig.pass(hours{48});
  CHECK(rig.get("/v1beta/files").json() == Json::object());
  CHECK(rig.get("/v1beta/files/a").status == 403);
  CHECK(rig.upload("a", "anew").status == 200);
}

TEST_CASE("a file that is not there is forbidden, and a second delete too") {
  Rig rig;
  const Reply missing = rig.get("/v1beta/files/abc123");
  CHECK(missing.status == 403);
  CHECK(missing.json()["error"]["message"] ==
        "You do not have permission to access the File abc123 or it may not exist.");
  rig.upload("a", "four");
  rig.key = "other";
  CHECK(rig.get("/v1beta/files/a").status == 403);
  rig.key = "key";
  CHECK(rig.remove("/v1beta/files/a").json() == Json::object());
  CHECK(rig.remove("/v1beta/files/a").status == 403);
}

}  // namespace batchctl::sandbox
