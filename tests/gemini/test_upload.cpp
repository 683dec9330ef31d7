#include "gemini/upload.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "gemini/replies.hpp"

using namespace batchctl;
using namespace batchctl::gemini;
using namespace batchctl::tests;

namespace {

const Endpoint kEndpoint("http://127.0.0.1:5000", "test-key-4711");
constexpr const char* kUploadUrl =
    "https://service.example/upload/v1beta/files?upload_id=secret-41&upload_protocol=resumable";

UploadFile upload_of(const std::string& planned, const std::string& actual) {
  UploadFile file;
  file.id = RemoteFileName{"bc-0123"};
  file.display_name = "bc/run/0";
  file.bytes = planned.size();
  file.sha256 = sha256_hex(planned);
  file.open = [actual] { return std::make_unique<TextSource>(actual, 100'000); };
  return file;
}

http::Response started(const std::string& granularity = "262144") {
  return reply(200, "",
               {{"x-goog-upload-url", kUploadUrl},
                {"x-goog-upload-status", "active"},
                {"x-goog-upload-chunk-granularity", granularity}});
}

http::Response active() { return reply(200, "", {{"x-goog-upload-status", "active"}}); }

std::string resource(const std::string& body, const std::string& state = "ACTIVE") {
  return nlohmann::json{{"name", "files/bc-0123"},
                        {"mimeType", "application/jsonl"},
                        {"sizeBytes", std::to_string(body.size())},
                        {"sha256Hash", to_base64(sha256_hex(body))},
                        {"uri", "https://service.example/v1beta/files/bc-0123"},
                        {"state", state}}
      .dump();
}

http::Response finalized(const std::string& body) {
  return reply(200, R"({"file":)" + resource(body) + "}", {{"x-goog-upload-status", "final"}});
}

const std::string kSmall = "{\"key\":\"r0\",\"request\":{}}\n";

}  // namespace

TEST_CASE("a small file is started under our name and sent in one last piece") {
  Upload upload(kEndpoint, upload_of(kSmall, kSmall));
  Step step = upload.begin();
  const http::Request start = request_of(step);
  CHECK(start.method == "POST");
  CHECK(start.url == "http://127.0.0.1:5000/upload/v1beta/files");
  CHECK(header_of(start, "x-goog-api-key") == "test-key-4711");
  CHECK(header_of(start, "X-Goog-Upload-Protocol") == "resumable");
  CHECK(header_of(start, "X-Goog-Upload-Command") == "start");
  CHECK(header_of(start, "X-Goog-Upload-Header-Content-Length") == std::to_string(kSmall.size()));
  CHECK(header_of(start, "X-Goog-Upload-Header-Content-Type") == "application/jsonl");
  const auto body = nlohmann::json::parse(*start.body);
  CHECK(body["file"]["name"] == "files/bc-0123");
  CHECK(body["file"]["mimeType"] == "application/jsonl");

  step = upload.go_on(started());
  const http::Request piece = request_of(step);
  CHECK(piece.url == "http://127.0.0.1:5000/upload/v1beta/files?upload_id=secret-41&upload_protocol=resumable");
  CHECK(header_of(piece, "X-Goog-Upload-Command") == "upload, finalize");
  CHECK(header_of(piece, "X-Goog-Upload-Offset") == "0");
  CHECK_FALSE(header_of(piece, "x-goog-api-key").has_value());
  CHECK(*piece.body == kSmall);

  step = upload.go_on(finalized(kSmall));
  const auto& facts = answer_of<FileFacts>(step);
  CHECK(facts.name == RemoteFileName{"files/bc-0123"});
  CHECK(facts.sha256 == sha256_hex(kSmall));
}

TEST_CASE("a small file that is not what was planned is never begun") {
  for (const std::string& actual : {std::string("other\n"), kSmall + "more", kSmall.substr(1), std::string()}) {
    CAPTURE(actual);
    Upload upload(kEndpoint, upload_of(kSmall, actual));
    CHECK(answer_of<Failure>(upload.begin()).kind == FailureKind::source);
  }
}

TEST_CASE("an empty file is one empty last piece") {
  Upload upload(kEndpoint, upload_of("", ""));
  upload.begin();
  const Step step = upload.go_on(started());
  CHECK(request_of(step).body->empty());
  CHECK(header_of(request_of(step), "X-Goog-Upload-Command") == "upload, finalize");
}

TEST_CASE("a large file goes in pieces of 8 MiB, the rest being the last") {
  const std::string body(2 * kPieceBytes + 5, 'x');
  Upload upload(kEndpoint, upload_of(body, body));
  upload.begin();
  std::uint64_t offset = 0;
  Step step = upload.go_on(started());
  for (const std::uint64_t size : {kPieceBytes, kPieceBytes, std::uint64_t{5}}) {
    const http::Request piece = request_of(step);
    CHECK(piece.body->size() == size);
    CHECK(header_of(piece, "X-Goog-Upload-Offset") == std::to_string(offset));
    CHECK(header_of(piece, "X-Goog-Upload-Command") == (size == 5 ? "upload, finalize" : "upload"));
    offset += size;
    step = upload.go_on(size == 5 ? finalized(body) : active());
  }
  CHECK(answer_of<FileFacts>(step).bytes == body.size());
}

TEST_CASE("a file of whole pieces ends with a full one") {
  const std::string body(2 * kPieceBytes, 'x');
  Upload upload(kEndpoint, upload_of(body, body));
  upload.begin();
  CHECK(header_of(request_of(upload.go_on(started())), "X-Goog-Upload-Command") == "upload");
  const Step last = upload.go_on(active());
  CHECK(header_of(request_of(last), "X-Goog-Upload-Command") == "upload, finalize");
  CHECK(request_of(last).body->size() == kPieceBytes);
}

TEST_CASE("pieces are multiples of the granularity that the service asks for") {
  const std::string body(2 * kPieceBytes, 'x');
  const auto first_piece = [&body](const std::string& granularity) {
    Upload upload(kEndpoint, upload_of(body, body));
    upload.begin();
    return request_of(upload.go_on(started(granularity))).body->size();
  };
  CHECK(first_piece("262144") == kPieceBytes);
  CHECK(first_piece("3000000") == 6'000'000);
  CHECK(first_piece("9000000") == 9'000'000);
  CHECK(first_piece("0") == kPieceBytes);
  CHECK(first_piece("nonsense") == kPieceBytes);
}

TEST_CASE("the last piece of a large file that changed is held back and the upload cancelled") {
  const std::string planned(kPieceBytes + 100, 'x');
  std::string actual = planned;
  SUBCASE("a byte differs") { actual[17] = 'y'; }
  SUBCASE("a byte is missing") { actual.pop_back(); }
  SUBCASE("a byte too many") { actual += 'x'; }
  SUBCASE("half of it is gone") { actual.resize(kPieceBytes / 2); }
  Upload upload(kEndpoint, upload_of(planned, actual));
  upload.begin();
  Step step = upload.go_on(started());
  if (header_of(request_of(step), "X-Goog-Upload-Command") == "upload") step = upload.go_on(active());
  CHECK(header_of(request_of(step), "X-Goog-Upload-Command") == "cancel");
  CHECK(request_of(step).body == nullptr);
  step = upload.go_on(no_reply(http::ResponseKind::cut));
  CHECK(answer_of<Failure>(step).kind == FailureKind::source);
}

TEST_CASE("a source that cannot be read is this upload's failure and nobody else's") {
  UploadFile file = upload_of(kSmall, kSmall);
  SUBCASE("the disk") {
    file.open = []() -> std::unique_ptr<ByteSource> { throw Fatal(ExitCode::failed, "read", "cannot read input"); };
    Upload upload(kEndpoint, file);
    CHECK(answer_of<Failure>(upload.begin()).kind == FailureKind::local);
  }
  SUBCASE("the input changed") {
    file.open = []() -> std::unique_ptr<ByteSource> { throw Fatal(ExitCode::mismatch, "input_changed", "changed"); };
    Upload upload(kEndpoint, file);
    const Step step = upload.begin();
    CHECK(answer_of<Failure>(step).kind == FailureKind::source);
    CHECK(answer_of<Failure>(step).reason == "input_changed");
  }
}

TEST_CASE("a file that the service holds differently is not taken for ours") {
  Upload upload(kEndpoint, upload_of(kSmall, kSmall));
  upload.begin();
  upload.go_on(started());
  const Step step = upload.go_on(finalized("other bytes"));
  CHECK(answer_of<Failure>(step).kind == FailureKind::rejected);
  CHECK(answer_of<Failure>(step).reason == "hash_mismatch");
}

TEST_CASE("a last answer without a file is no success, whatever its headers say") {
  Upload upload(kEndpoint, upload_of(kSmall, kSmall));
  upload.begin();
  upload.go_on(started());
  const std::vector<http::Header> final_status = {{"x-goog-upload-status", "final"}};
  SUBCASE("an empty one") {
    CHECK(answer_of<Failure>(upload.go_on(reply(200, "", final_status))).kind == FailureKind::server);
  }
  SUBCASE("one without the member") {
    CHECK(answer_of<Failure>(upload.go_on(reply(200, "{}", final_status))).kind == FailureKind::server);
  }
  SUBCASE("a refused type, when nothing is there under the name") {
    Step step = upload.go_on(reply(400, error_json(400, "INVALID_ARGUMENT", "Unsupported MIME type: x"), final_status));
    CHECK(request_of(step).method == "GET");
    step = upload.go_on(reply(403));
    CHECK(answer_of<Failure>(step).kind == FailureKind::rejected);
    CHECK(answer_of<Failure>(step).message == "Unsupported MIME type: x");
  }
}

TEST_CASE("a taken name is a success when the same bytes are there, and a refusal otherwise") {
  for (const int status : {400, 409}) {
    CAPTURE(status);
    const auto looked = [status](const http::Response& found) {
      Upload upload(kEndpoint, upload_of(kSmall, kSmall));
      upload.begin();
      const Step look =
          upload.go_on(reply(status, error_json(status, "ALREADY_EXISTS", "Requested entity already exists")));
      CHECK(request_of(look).url == "http://127.0.0.1:5000/v1beta/files/bc-0123");
      return upload.go_on(found);
    };
    CHECK(answer_of<FileFacts>(looked(reply(200, resource(kSmall)))).bytes == kSmall.size());

    const Step other_bytes = looked(reply(200, resource("other")));
    CHECK(answer_of<Failure>(other_bytes).kind == FailureKind::rejected);
    CHECK(answer_of<Failure>(other_bytes).reason == "name_taken");

    nlohmann::json without_hash = nlohmann::json::parse(resource(kSmall));
    without_hash.erase("sha256Hash");
    CHECK(answer_of<Failure>(looked(reply(200, without_hash.dump()))).reason == "name_taken");

    const Step nothing_there = looked(reply(403));
    CHECK(answer_of<Failure>(nothing_there).kind == FailureKind::rejected);
    CHECK(answer_of<Failure>(nothing_there).message == "Requested entity already exists");

    CHECK(answer_of<Failure>(looked(reply(503))).kind == FailureKind::server);
  }
}

TEST_CASE("an upload that cannot go on is a failure that a new upload may cure") {
  const std::string body(kPieceBytes + 1, 'x');
  Upload upload(kEndpoint, upload_of(body, body));
  upload.begin();
  upload.go_on(started());
  SUBCASE("the piece is not taken") { CHECK(answer_of<Failure>(upload.go_on(reply(400))).kind == FailureKind::server); }
  SUBCASE("the upload is gone") { CHECK(answer_of<Failure>(upload.go_on(reply(404))).kind == FailureKind::server); }
  SUBCASE("it is already final") {
    CHECK(answer_of<Failure>(upload.go_on(reply(200, "", {{"x-goog-upload-status", "final"}}))).kind ==
          FailureKind::server);
  }
  SUBCASE("the connection is cut") {
    CHECK(answer_of<Failure>(upload.go_on(no_reply(http::ResponseKind::cut))).kind == FailureKind::unreachable);
  }
}

TEST_CASE("a full storage is a quota of its own") {
  Upload upload(kEndpoint, upload_of(kSmall, kSmall));
  upload.begin();
  upload.go_on(started());
  const Step step = upload.go_on(
      reply(429, error_json(429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric: x/file_storage_bytes, limit: 9")));
  CHECK(answer_of<Failure>(step).refusal->kind == PauseKind::storage);
}

TEST_CASE("neither the upload URL nor the key is in a failure's words") {
  Upload upload(kEndpoint, upload_of(kSmall, kSmall));
  upload.begin();
  const http::Request piece = request_of(upload.go_on(started()));
  const std::string leak = "cannot take " + piece.url + " with test-key-4711";
  const Step step = upload.go_on(reply(503, error_json(503, "UNAVAILABLE", leak)));
  const std::string& words = answer_of<Failure>(step).message;
  CHECK(words.find("cannot take") != std::string::npos);
  CHECK(words.find("secret-41") == std::string::npos);
  CHECK(words.find("4711") == std::string::npos);
}

TEST_CASE("a start without an upload URL is begun again later") {
  Upload upload(kEndpoint, upload_of(kSmall, kSmall));
  upload.begin();
  CHECK(answer_of<Failure>(upload.go_on(reply(200))).kind == FailureKind::server);
}
