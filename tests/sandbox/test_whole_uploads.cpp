// Uploads in one request: raw, plain media and multipart.
#include <doctest/doctest.h>

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

const std::string kPath = "/upload/v1beta/files";
const httplib::Headers kRaw = {{"X-Goog-Upload-Protocol", "raw"}};
constexpr const char* kRelated = "multipart/related; boundary=B";

std::string multipart(const std::string& json, const std::string& bytes) {
  return "--B\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" + json +
         "\r\n--B\r\nContent-Type: application/jsonl\r\n\r\n" + bytes + "\r\n--B--\r\n";
}

}  // namespace

TEST_CASE("the body of a raw or plain upload is the file, with the MIME type of the request") {
  Rig rig;
  const std::string bytes = std::string(3000000, 'x') + "end";
  const auto is_the_file = [&](const Reply& reply) {
    CHECK(reply.status == 200);
    const Json file = reply.json()["file"];
    CHECK(file["mimeType"] == "application/jsonl");
    CHECK(file["sizeBytes"] == std::to_string(bytes.size()));
    CHECK(file["sha256Hash"] == to_base64(sha256_hex(bytes)));
    CHECK(rig.get("/v1beta/" + file["name"].get<std::string>()).json() == file);
  };
  SUBCASE("raw") { is_the_file(rig.send(kPath, kRaw, bytes, "application/jsonl")); }
  SUBCASE("media") { is_the_file(rig.send(kPath + "?uploadType=media", {}, bytes, "application/jsonl")); }
  SUBCASE("neither is named") { is_the_file(rig.send(kPath, {}, bytes, "application/jsonl")); }
  SUBCASE("without a length") { is_the_file(rig.send_chunked(kPath, kRaw, bytes, "application/jsonl")); }
  CHECK(rig.server->ledger().uploads == 1);
  CHECK(rig.server->ledger().bytes_received == bytes.size());
}

TEST_CASE("a multipart upload describes the file in its first part and brings it in the second") {
  Rig rig;
  const std::string bytes = std::string(3000000, 'x') + "\r\n--\r\n";
  const std::string body = multipart(R"({"file":{"name":"files/m","displayName":"d"}})", bytes);
  Reply reply;
  SUBCASE("uploadType") { reply = rig.send(kPath + "?uploadType=multipart", {}, body, kRelated); }
  SUBCASE("protocol") { reply = rig.send(kPath, {{"X-Goog-Upload-Protocol", "multipart"}}, body, kRelated); }
  SUBCASE("content type alone") { reply = rig.send(kPath, {}, body, kRelated); }
  SUBCASE("without a length") { reply = rig.send_chunked(kPath, {}, body, kRelated); }
  const Json file = reply.json()["file"];
  CHECK(file["name"] == "files/m");
  CHECK(file["displayName"] == "d");
  CHECK(file["mimeType"] == "application/jsonl");
  CHECK(file["sha256Hash"] == to_base64(sha256_hex(bytes)));
}

TEST_CASE("a job reads a file of any upload form") {
  Rig rig;
  rig.send(kPath, {}, multipart(R"({"file":{"name":"files/m","mime_type":"text/plain"}})", line("r0", "Why?")),
           kRelated);
  CHECK(rig.get("/v1beta/files/m").json()["mimeType"] == "text/plain");
  CHECK(rig.create("m", "bc/run/0").status == 200);
}

TEST_CASE("an upload in one request is refused by the rules of any other, and leaves nothing") {
  const ScratchDirectory home;
  Options options;
  options.dir = home.path();
  quota_of(options.scenario, QuotaRule::Limit::storage).most = 1000;
  Rig rig(options);
  rig.upload("taken", "four");
  const auto status = [&](const std::string& json, const std::string& bytes = "four") {
    return rig.send(kPath, {}, multipart(json, bytes), kRelated).status;
  };
  CHECK(status(R"({"file":{"name":"files/taken"}})") == 409);
  CHECK(status(R"({"file":{"name":"no-prefix"}})") == 400);
  CHECK(status(R"({"file":{"name":"files/UP"}})") == 400);
  CHECK(status(R"({"file":"a"})") == 400);
  CHECK(status("[]") == 400);
  CHECK(status("{", "four") == 400);
  CHECK(status("{}", std::string(1000, 'x')) == 429);
  CHECK(rig.send_chunked(kPath, kRaw, std::string(1000, 'x'), "text/plain").status == 429);
  CHECK(rig.send(kPath, kRaw, "four", "jsonl").json()["error"]["message"] == "Unsupported MIME type: jsonl");
  CHECK(rig.send(kPath, {}, "--B\r\n\r\n{}\r\n--B\r\n\r\nfour", kRelated).status == 400);
  CHECK(rig.send(kPath, {}, multipart("{}", "four\r\n--B\r\n\r\nmore"), kRelated).status == 400);
  CHECK(rig.send(kPath, {}, "four", "multipart/related").status == 400);
  CHECK(rig.send(kPath, {{"X-Goog-Upload-Protocol", "sideways"}}, "four", "text/plain").status == 400);
  CHECK(rig.send(kPath, {{"X-Goog-Upload-Command", "start"}}, "{}", "application/json").status == 400);
  CHECK(rig.get("/v1beta/files").json()["files"].size() == 1);
  for (const char* inner : {"/uploads", "/inputs"}) {
    const auto left = std::filesystem::directory_iterator(home.path() + inner);
    CHECK(std::distance(begin(left), end(left)) == (std::string(inner) == "/uploads" ? 1 : 0));
  }
}

TEST_CASE("an upload in one request that breaks off leaves nothing") {
  Rig rig;
  httplib::Client other("127.0.0.1", rig.server->port());
  const std::string bytes(100000, 'x');
  const auto half_sent = other.Post(
      kPath + "?key=key", 2 * bytes.size(),
      [&](std::size_t offset, std::size_t, httplib::DataSink& sink) {
        return offset == 0 && sink.write(bytes.data(), bytes.size());
      },
      "text/plain");
  CHECK_FALSE(half_sent);
  other.stop();
  CHECK(rig.get("/v1beta/files").json() == Json::object());
  CHECK(rig.server->ledger().uploads == 0);
}

TEST_CASE("a file described without bytes is refused in words that say where they go") {
  Rig rig;
  const Reply reply = rig.post("/v1beta/files", R"({"file":{"displayName":"d"}})");
  CHECK(reply.status == 400);
  CHECK(reply.json()["error"]["message"].get<std::string>().find("/upload/v1beta/files") != std::string::npos);
}

}  // namespace batchctl::sandbox
