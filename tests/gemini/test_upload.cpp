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

struct NothingBefore {
  std::string taken;
};
/// The first upload of a process.
struct FirstUpload : NothingBefore, Upload {
  explicit FirstUpload(UploadFile file) : Upload(kEndpoint, std::move(file), taken) {}
};

http::Response told(const std::string& status, std::uint64_t received) {
  return reply(200, "", {{"x-goog-upload-status", status}, {"x-goog-upload-size-received", std::to_string(received)}});
}

http::Response refused_type(const std::string& type) {
  return reply(400, error_json(400, "INVALID_ARGUMENT", "Unsupported MIME type: " + type),
               {{"x-goog-upload-status", "final"}});
}

std::optional<std::string> command_of(const Step& step) { return header_of(request_of(step), "X-Goog-Upload-Command"); }
std::optional<std::string> offset_of(const Step& step) { return header_of(request_of(step), "X-Goog-Upload-Offset"); }
std::optional<std::string> type_of(const Step& step) {
  return header_of(request_of(step), "X-Goog-Upload-Header-Content-Type");
}

/// Not all the same, so that a wrong offset changes the bytes.
std::string counted(std::size_t bytes) {
  std::string text;
  text.reserve(bytes + 8);
  for (std::size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ' ';
  text.resize(bytes);
  return text;
}

const std::string kSmall = "{\"key\":\"r0\",\"request\":{}}\n";

}  // namespace

TEST_CASE("a small file is started under our name and sent in one last piece") {
  FirstUpload upload(upload_of(kSmall, kSmall));
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
    FirstUpload upload(upload_of(kSmall, actual));
    CHECK(answer_of<Failure>(upload.begin()).kind == FailureKind::source);
  }
}

TEST_CASE("an empty file is one empty last piece") {
  FirstUpload upload(upload_of("", ""));
  upload.begin();
  const Step step = upload.go_on(started());
  CHECK(request_of(step).body->empty());
  CHECK(header_of(request_of(step), "X-Goog-Upload-Command") == "upload, finalize");
}

TEST_CASE("a large file goes in pieces of 8 MiB, the rest being the last") {
  const std::string body(2 * kPieceBytes + 5, 'x');
  FirstUpload upload(upload_of(body, body));
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
  FirstUpload upload(upload_of(body, body));
  upload.begin();
  CHECK(header_of(request_of(upload.go_on(started())), "X-Goog-Upload-Command") == "upload");
  const Step last = upload.go_on(active());
  CHECK(header_of(request_of(last), "X-Goog-Upload-Command") == "upload, finalize");
  CHECK(request_of(last).body->size() == kPieceBytes);
}

TEST_CASE("pieces are multiples of the granularity that the service asks for") {
  const std::string body(2 * kPieceBytes, 'x');
  const auto first_piece = [&body](const std::string& granularity) {
    FirstUpload upload(upload_of(body, body));
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
  FirstUpload upload(upload_of(planned, actual));
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
    FirstUpload upload(file);
    CHECK(answer_of<Failure>(upload.begin()).kind == FailureKind::local);
  }
  SUBCASE("the input changed") {
    file.open = []() -> std::unique_ptr<ByteSource> { throw Fatal(ExitCode::mismatch, "input_changed", "changed"); };
    FirstUpload upload(file);
    const Step step = upload.begin();
    CHECK(answer_of<Failure>(step).kind == FailureKind::source);
    CHECK(answer_of<Failure>(step).reason == "input_changed");
  }
}

TEST_CASE("a file that the service holds differently is not taken for ours") {
  FirstUpload upload(upload_of(kSmall, kSmall));
  upload.begin();
  upload.go_on(started());
  const Step step = upload.go_on(finalized("other bytes"));
  CHECK(answer_of<Failure>(step).kind == FailureKind::rejected);
  CHECK(answer_of<Failure>(step).reason == "hash_mismatch");
}

TEST_CASE("a last answer without a file is a success only when the file is there under our name") {
  struct Row {
    std::string body, words;
  };
  const std::vector<Row> rows = {{"", "without a body"},
                                 {"{}", "without what it should hold"},
                                 {error_json(13, "INTERNAL", "the moon was in the way"), "the moon was in the way"}};
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const auto looked = [&row](const http::Response& found) {
      FirstUpload upload(upload_of(kSmall, kSmall));
      upload.begin();
      upload.go_on(started());
      const Step look = upload.go_on(reply(200, row.body, {{"x-goog-upload-status", "final"}}));
      CHECK(request_of(look).method == "GET");
      CHECK(request_of(look).url == "http://127.0.0.1:5000/v1beta/files/bc-0123");
      return upload.go_on(found);
    };
    CHECK(answer_of<FileFacts>(looked(reply(200, resource(kSmall)))).bytes == kSmall.size());
    CHECK(answer_of<FileFacts>(looked(reply(200, R"({"name":"files/bc-0123","state":"PROCESSING"})"))).state ==
          FileFacts::State::processing);
    const Step other_bytes = looked(reply(200, resource("other")));
    CHECK(answer_of<Failure>(other_bytes).kind == FailureKind::rejected);
    CHECK(answer_of<Failure>(other_bytes).reason == "name_taken");
    const Step nothing_there = looked(reply(403));
    CHECK(answer_of<Failure>(nothing_there).kind == FailureKind::server);
    CHECK(answer_of<Failure>(nothing_there).message.find(row.words) != std::string::npos);
  }
}

TEST_CASE("a final status with a refusal is a refusal in the service's words when nothing is under our name") {
  FirstUpload upload(upload_of(kSmall, kSmall));
  upload.begin();
  upload.go_on(started());
  Step step = upload.go_on(
      reply(400, error_json(400, "INVALID_ARGUMENT", "The file is odd."), {{"x-goog-upload-status", "final"}}));
  CHECK(request_of(step).method == "GET");
  step = upload.go_on(reply(403));
  CHECK(answer_of<Failure>(step).kind == FailureKind::rejected);
  CHECK(answer_of<Failure>(step).message == "The file is odd.");
}

TEST_CASE("a file that is still being taken in is ours though its size is not told") {
  FirstUpload upload(upload_of(kSmall, kSmall));
  upload.begin();
  upload.go_on(started());
  const Step step = upload.go_on(reply(200, R"({"file":{"name":"files/bc-0123","state":"PROCESSING"}})"));
  CHECK(answer_of<FileFacts>(step).state == FileFacts::State::processing);
}

TEST_CASE("a taken name is a success when the same bytes are there, and a refusal otherwise") {
  for (const int status : {400, 409}) {
    CAPTURE(status);
    const auto looked = [status](const http::Response& found) {
      FirstUpload upload(upload_of(kSmall, kSmall));
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
  FirstUpload upload(upload_of(body, body));
  upload.begin();
  upload.go_on(started());
  http::Response answer;
  SUBCASE("the piece is not taken") { answer = reply(400); }
  SUBCASE("the upload is gone") { answer = reply(404); }
  SUBCASE("it is already final") { answer = reply(200, "", {{"x-goog-upload-status", "final"}}); }
  SUBCASE("it is cancelled") { answer = reply(200, "", {{"x-goog-upload-status", "cancelled"}}); }
  CHECK(answer_of<Failure>(upload.go_on(answer)).kind == FailureKind::server);
}

// ---- types --------------------------------------------------------------------------------------------------------

TEST_CASE("a type that is refused at the start or at the end is followed by the next one, from the first byte on") {
  std::string body = kSmall;
  SUBCASE("of a small file") {}
  SUBCASE("of a large file") { body = counted(kPieceBytes + 100); }
  int opened = 0;
  UploadFile file = upload_of(body, body);
  file.open = [&opened, body]() -> std::unique_ptr<ByteSource> {
    ++opened;
    return std::make_unique<TextSource>(body, 100'000);
  };
  FirstUpload upload(std::move(file));
  CHECK(type_of(upload.begin()) == "application/jsonl");
  Step step = upload.go_on(refused_type("application/jsonl"));
  CHECK(command_of(step) == "start");
  CHECK(type_of(step) == "application/json");
  CHECK(nlohmann::json::parse(*request_of(step).body)["file"]["mimeType"] == "application/json");

  step = upload.go_on(started());
  while (command_of(step) == "upload") step = upload.go_on(active());
  CHECK(command_of(step) == "upload, finalize");
  step = upload.go_on(refused_type("application/json"));
  CHECK(type_of(step) == "text/plain");

  std::string sent;
  step = upload.go_on(started());
  while (command_of(step) == "upload") {
    sent += *request_of(step).body;
    step = upload.go_on(active());
  }
  sent += *request_of(step).body;
  CHECK(sent == body);
  CHECK(opened == 3);
  CHECK(answer_of<FileFacts>(upload.go_on(finalized(body))).bytes == body.size());
  CHECK(upload.taken == "text/plain");
}

TEST_CASE("a refusal of another kind, or words about types in an answer that says nothing, change no type") {
  for (const http::Response& answer :
       {reply(400, error_json(400, "INVALID_ARGUMENT", "The display name is too long.")),
        reply(503, error_json(503, "UNAVAILABLE", "MIME type service is down")),
        reply(429, error_json(429, "RESOURCE_EXHAUSTED", "Too many files of this MIME type"))}) {
    FirstUpload upload(upload_of(kSmall, kSmall));
    upload.begin();
    const Step step = upload.go_on(answer);
    CHECK((std::holds_alternative<Answer>(step) || request_of(step).method == "GET"));
  }
}

TEST_CASE("when every type is refused the service's words stand, with what was tried, and our name was looked at") {
  FirstUpload upload(upload_of(kSmall, kSmall));
  upload.begin();
  upload.go_on(refused_type("application/jsonl"));
  upload.go_on(refused_type("application/json"));
  Step step = upload.go_on(refused_type("text/plain"));
  CHECK(request_of(step).method == "GET");
  step = upload.go_on(reply(403));
  CHECK(answer_of<Failure>(step).kind == FailureKind::rejected);
  CHECK(answer_of<Failure>(step).message ==
        "Unsupported MIME type: text/plain (tried: application/jsonl, application/json, text/plain)");
  CHECK(upload.taken.empty());
}

TEST_CASE("the first type tried is the one taken before: in this process, else of the newest file, if we know it") {
  const auto first_tries = [](const std::string& in_process, const std::string& of_newest_file) {
    std::string taken = in_process;
    UploadFile file = upload_of(kSmall, kSmall);
    file.known_mime = of_newest_file;
    Upload upload(kEndpoint, std::move(file), taken);
    std::vector<std::string> types = {type_of(upload.begin()).value()};
    for (int i = 0; i < 2; ++i) types.push_back(type_of(upload.go_on(refused_type("x"))).value());
    return types;
  };
  using Types = std::vector<std::string>;
  CHECK(first_tries("", "") == Types{"application/jsonl", "application/json", "text/plain"});
  CHECK(first_tries("", "text/plain") == Types{"text/plain", "application/jsonl", "application/json"});
  CHECK(first_tries("application/json", "text/plain") == Types{"application/json", "application/jsonl", "text/plain"});
  CHECK(first_tries("", "video/mp4") == Types{"application/jsonl", "application/json", "text/plain"});
}

// ---- after a cut --------------------------------------------------------------------------------------------------

TEST_CASE("after a cut piece the service is asked how far it is, and the upload goes on there") {
  const std::string body = counted(2 * kPieceBytes + 5);
  const auto goes_on = [&body](const http::Response& lost, std::uint64_t received) {
    FirstUpload upload(upload_of(body, body));
    upload.begin();
    upload.go_on(started());
    REQUIRE(offset_of(upload.go_on(active())) == std::to_string(kPieceBytes));
    Step step = upload.go_on(lost);
    CHECK(command_of(step) == "query");
    CHECK(request_of(step).method == "POST");
    CHECK(request_of(step).url.find("upload_id=secret-41") != std::string::npos);
    CHECK(request_of(step).body == nullptr);
    CHECK_FALSE(header_of(request_of(step), "x-goog-api-key").has_value());

    step = upload.go_on(told("active", received));
    std::string rest;
    for (; command_of(step) == "upload"; step = upload.go_on(active())) {
      CHECK(offset_of(step) == std::to_string(received + rest.size()));
      rest += *request_of(step).body;
    }
    CHECK(command_of(step) == "upload, finalize");
    CHECK(offset_of(step) == std::to_string(received + rest.size()));
    rest += *request_of(step).body;
    CHECK(rest == body.substr(received));
    CHECK(answer_of<FileFacts>(upload.go_on(finalized(body))).sha256 == sha256_hex(body));
  };
  for (const http::Response& lost : {no_reply(http::ResponseKind::cut), no_reply(http::ResponseKind::not_sent),
                                     reply(503), reply(408), reply(200)}) {
    CAPTURE(lost.status);
    goes_on(lost, kPieceBytes);
  }
  goes_on(no_reply(http::ResponseKind::cut), kPieceBytes + kPieceBytes / 2);
  goes_on(no_reply(http::ResponseKind::cut), 2 * kPieceBytes);
}

TEST_CASE("a service that stands where the piece in memory does not reach is sent a new upload") {
  const std::string body(3 * kPieceBytes, 'x');
  const auto answer_to = [&body](const http::Response& response) {
    FirstUpload upload(upload_of(body, body));
    upload.begin();
    upload.go_on(started());
    upload.go_on(active());
    REQUIRE(command_of(upload.go_on(no_reply(http::ResponseKind::cut))) == "query");
    return answer_of<Failure>(upload.go_on(response)).kind;
  };
  CHECK(answer_to(told("active", 0)) == FailureKind::server);
  CHECK(answer_to(told("active", kPieceBytes - 1)) == FailureKind::server);
  CHECK(answer_to(told("active", 2 * kPieceBytes + 1)) == FailureKind::server);
  CHECK(answer_to(active()) == FailureKind::server);
  CHECK(answer_to(reply(200, "", {{"x-goog-upload-status", "active"}, {"x-goog-upload-size-received", "x"}})) ==
        FailureKind::server);
  CHECK(answer_to(told("cancelled", kPieceBytes)) == FailureKind::server);
  CHECK(answer_to(reply(404, error_json(404, "NOT_FOUND", "Upload not found."))) == FailureKind::server);
  CHECK(answer_to(reply(400)) == FailureKind::server);
  CHECK(answer_to(reply(429)) == FailureKind::quota);
}

TEST_CASE("a last piece whose answer was lost made a file, or is finished with what is missing") {
  const std::string body = counted(kPieceBytes + 1000);
  FirstUpload upload(upload_of(body, body));
  upload.begin();
  upload.go_on(started());
  REQUIRE(command_of(upload.go_on(active())) == "upload, finalize");
  Step step = upload.go_on(no_reply(http::ResponseKind::cut));
  REQUIRE(command_of(step) == "query");
  SUBCASE("it is final: the file is there under our name") {
    step = upload.go_on(told("final", body.size()));
    CHECK(request_of(step).method == "GET");
    CHECK(request_of(step).url == "http://127.0.0.1:5000/v1beta/files/bc-0123");
    CHECK(answer_of<FileFacts>(upload.go_on(reply(200, resource(body)))).bytes == body.size());
    CHECK(upload.taken == "application/jsonl");
  }
  SUBCASE("it is final, and there is no file") {
    upload.go_on(told("final", body.size()));
    CHECK(answer_of<Failure>(upload.go_on(reply(403))).kind == FailureKind::server);
  }
  SUBCASE("a part of it came") {
    step = upload.go_on(told("active", kPieceBytes + 400));
    CHECK(command_of(step) == "upload, finalize");
    CHECK(offset_of(step) == std::to_string(kPieceBytes + 400));
    CHECK(*request_of(step).body == body.substr(kPieceBytes + 400));
  }
}

TEST_CASE("an upload that is active after its last byte is asked about and ended with an empty last piece") {
  for (const std::string& body : {kSmall, std::string()}) {
    FirstUpload upload(upload_of(body, body));
    upload.begin();
    upload.go_on(started());
    Step step = upload.go_on(active());
    CHECK(command_of(step) == "query");
    step = upload.go_on(told("active", body.size()));
    CHECK(command_of(step) == "upload, finalize");
    CHECK(offset_of(step) == std::to_string(body.size()));
    CHECK(request_of(step).body->empty());
    CHECK(answer_of<FileFacts>(upload.go_on(finalized(body))).bytes == body.size());
  }
}

TEST_CASE("one upload asks ten times, each time a little later, and then is a failure that a new one may cure") {
  FirstUpload upload(upload_of(kSmall, kSmall));
  upload.begin();
  Step step = upload.go_on(started());
  int queries = 0;
  Duration longest{}, all{};
  while (std::holds_alternative<http::Request>(step)) {
    REQUIRE(++queries <= 100);
    step = upload.go_on(queries % 3 == 0 ? reply(503) : no_reply(http::ResponseKind::cut));
    if (!std::holds_alternative<http::Request>(step)) break;
    CHECK(command_of(step) == "query");
    CHECK(request_of(step).delay >= longest);
    longest = request_of(step).delay;
    all += longest;
    if (queries % 2 == 0) step = upload.go_on(told("active", 0));
  }
  CHECK(queries == 11);
  CHECK(longest > Duration::zero());
  CHECK(all < minutes{1});
  CHECK(answer_of<Failure>(step).kind == FailureKind::unreachable);
}

// ---- words --------------------------------------------------------------------------------------------------------

TEST_CASE("a full storage is a quota of its own") {
  FirstUpload upload(upload_of(kSmall, kSmall));
  upload.begin();
  upload.go_on(started());
  const Step step = upload.go_on(
      reply(429, error_json(429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric: x/file_storage_bytes, limit: 9")));
  CHECK(answer_of<Failure>(step).refusal->kind == PauseKind::storage);
}

TEST_CASE("neither the upload URL nor the key is in a failure's words") {
  FirstUpload upload(upload_of(kSmall, kSmall));
  upload.begin();
  const http::Request piece = request_of(upload.go_on(started()));
  const std::string leak = "cannot take " + piece.url + " with test-key-4711";
  const Step step = upload.go_on(reply(404, error_json(404, "NOT_FOUND", leak)));
  const std::string& words = answer_of<Failure>(step).message;
  CHECK(words.find("cannot take") != std::string::npos);
  CHECK(words.find("secret-41") == std::string::npos);
  CHECK(words.find("4711") == std::string::npos);
}

TEST_CASE("a start without an upload URL is begun again later") {
  FirstUpload upload(upload_of(kSmall, kSmall));
  upload.begin();
  CHECK(answer_of<Failure>(upload.go_on(reply(200))).kind == FailureKind::server);
}
