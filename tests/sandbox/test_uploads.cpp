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

TEST_CASE("a bare finalize and an empty upload, finalize end an upload whose bytes are all there") {
  Rig rig;
  const std::string bytes(kUnit, 'x');
  for (const char* command : {"finalize", "upload, finalize"}) {
    CAPTURE(command);
    const std::string target = rig.upload_target(rig.start_upload(Json::object(), bytes.size()));
    rig.piece(target, "upload", 0, bytes);
    const Reply end = rig.piece(target, command, kUnit, "");
    CHECK(end.header("x-goog-upload-status") == "final");
    CHECK(end.json()["file"]["sha256Hash"] == to_base64(sha256_hex(bytes)));
  }
}

TEST_CASE("pieces may come without a length, and the rules for them are the same") {
  Rig rig;
  const std::string bytes(2 * kUnit, 'x');
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/chunked"}}, bytes.size() + 5));
  const auto piece = [&](const std::string& command, std::uint64_t offset, const std::string& body) {
    return rig.send_chunked(target,
                            {{"X-Goog-Upload-Command", command}, {"X-Goog-Upload-Offset", std::to_string(offset)}},
                            body, "application/octet-stream");
  };
  CHECK(piece("upload", 0, bytes).status == 200);
  CHECK(piece("upload", 2 * kUnit, "odd").status == 400);
  CHECK(piece("upload, finalize", 2 * kUnit, "too long").status == 400);
  CHECK(rig.query(target).header("x-goog-upload-size-received") == std::to_string(2 * kUnit));
  CHECK(piece("upload, finalize", 2 * kUnit, "right").json()["file"]["sha256Hash"] ==
        to_base64(sha256_hex(bytes + "right")));
}

TEST_CASE("members and headers that some clients add are tolerated, and names may be spelled with underscores") {
  Rig rig;
  const Reply start =
      rig.send("/upload/v1beta/files",
               {{"X-Goog-Upload-Protocol", "resumable"},
                {"X-Goog-Upload-Command", "start"},
                {"X-Goog-Upload-File-Name", "questions.jsonl"}},
               R"({"file":{"display_name":"d","mime_type":"text/plain","sizeBytes":4}})", "application/json");
  const Json file = rig.piece(rig.upload_target(start), "upload, finalize", 0, "four").json()["file"];
  CHECK(file["displayName"] == "d");
  CHECK(file["mimeType"] == "text/plain");
}

TEST_CASE("a display name has at most 512 characters, of any number of bytes") {
  Rig rig;
  std::string name;
  for (int i = 0; i < 512; ++i) name += "ü";
  CHECK(rig.start_upload({{"displayName", name}}, 4).status == 200);
  CHECK(rig.start_upload({{"displayName", name + "x"}}, 4).status == 400);
}

TEST_CASE("after its URL has expired an upload is not known any more, and its bytes are gone") {
  const ScratchDirectory home;
  Options options;
  options.dir = home.path();
  Rig rig(options);
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/a"}}, 2 * kUnit));
  rig.piece(target, "upload", 0, std::string(kUnit, 'x'));
  rig.pass(hours{24 * 7} - milliseconds{1});
  CHECK(rig.query(target).header("x-goog-upload-size-received") == std::to_string(kUnit));
  rig.pass(milliseconds{1});
  CHECK(rig.query(target).status == 404);
  CHECK(rig.piece(target, "upload, finalize", kUnit, std::string(kUnit, 'x')).status == 404);
  CHECK(rig.upload("a", "four").status == 200);
  const auto left = std::filesystem::directory_iterator(home.path() + "/uploads");
  CHECK(std::distance(begin(left), end(left)) == 1);
}

TEST_CASE("an upload that has ended says so and takes nothing") {
  Rig rig;
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/a"}}, 4));
  rig.piece(target, "upload, finalize", 0, "four");
  const Reply again = rig.piece(target, "upload, finalize", 0, "four");
  CHECK(again.status == 400);
  CHECK(again.header("x-goog-upload-status") == "final");
  CHECK(rig.piece(target, "cancel", 0, "").header("x-goog-upload-status") == "final");
  CHECK(rig.get("/v1beta/files/a").status == 200);
  CHECK(rig.query("/upload/v1beta/files?upload_id=never-was").status == 404);
}

TEST_CASE("what becomes of a taken name is the scenario's to say") {
  Options options;
  SUBCASE("409") {
    Rig rig(options);
    rig.upload("a", "four");
    CHECK(rig.start_upload({{"name", "files/a"}}, 4).json()["error"]["status"] == "ALREADY_EXISTS");
  }
  SUBCASE("400") {
    options.scenario.files.taken = FileRules::Taken::bad_request;
    Rig rig(options);
    rig.upload("a", "four");
    CHECK(rig.start_upload({{"name", "files/a"}}, 4).json()["error"]["status"] == "INVALID_ARGUMENT");
  }
  SUBCASE("the new file takes the place of the old one") {
    options.scenario.files.taken = FileRules::Taken::replaces;
    quota_of(options.scenario, QuotaRule::Limit::storage).most = 11;
    Rig rig(options);
    rig.upload("a", "four");
    rig.upload("b", "12");
    CHECK(rig.upload("a", "fives").json()["file"]["sizeBytes"] == "5");
    CHECK(rig.get("/v1beta/files/a").json()["sizeBytes"] == "5");
    CHECK(rig.get("/v1beta/files").json()["files"].size() == 2);
    CHECK(rig.upload("c", "four").status == 200);  // the storage of the old one is free
  }
}

TEST_CASE("the id of a deleted file can be used again") {
  Rig rig;
  rig.upload("a", "four");
  rig.remove("/v1beta/files/a");
  CHECK(rig.upload("a", "anew!").json()["file"]["sizeBytes"] == "5");
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

TEST_CASE("the scenario says which MIME types are refused") {
  Options options;
  options.scenario.files.refused_types = {"application/jsonl", "text/plain"};
  Rig rig(options);
  const Reply refused = rig.upload("a", "four", "application/jsonl");
  CHECK(refused.json()["error"]["message"] == "Unsupported MIME type: application/jsonl");
  CHECK(refused.header("x-goog-upload-status") == "final");
  CHECK(rig.upload("a", "four", "text/plain").status == 400);
  CHECK(rig.upload("a", "four", "jsonl").status == 200);
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
