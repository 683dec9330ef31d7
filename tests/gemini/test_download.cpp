#include "gemini/download.hpp"

#include <doctest/doctest.h>

#include "gemini/replies.hpp"

using namespace batchctl;
using namespace batchctl::gemini;
using namespace batchctl::tests;

namespace {

const Endpoint kEndpoint("https://service.example", "test-key-4711");

http::Response whole(std::uint64_t bytes, const std::string& length = {}) {
  http::Response response = reply(200);
  response.sink_bytes = bytes;
  if (!length.empty()) response.headers.push_back({"content-length", length});
  return response;
}

http::Response redirect(const std::string& location) { return reply(302, "", {{"location", location}}); }

}  // namespace

TEST_CASE("an output is asked for at the documented path, with the key, to the disk") {
  for (const char* name : {"files/batch-abc", "batch-abc"}) {
    Download download(kEndpoint, {OutputRef{name}, "/tmp/raw"});
    const Step step = download.begin();
    CHECK(request_of(step).url == "https://service.example/download/v1beta/files/batch-abc:download?alt=media");
    CHECK(header_of(request_of(step), "x-goog-api-key") == "test-key-4711");
    CHECK(request_of(step).sink == "/tmp/raw");
  }
}

TEST_CASE("an output is complete when its length agrees or is not told") {
  for (const char* length : {"", "12"}) {
    Download download(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
    download.begin();
    CHECK(answer_of<Fetched>(download.go_on(whole(12, length))).bytes == 12);
  }
  Download download(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
  download.begin();
  CHECK(answer_of<Failure>(download.go_on(whole(12, "13"))).kind == FailureKind::unreachable);
}

TEST_CASE("an output that is not at the first path is asked for at the second, and then not found") {
  Download download(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
  download.begin();
  Step step = download.go_on(reply(404));
  CHECK(request_of(step).url == "https://service.example/v1beta/files/batch-abc:download?alt=media");
  step = download.go_on(reply(404, error_json(404, "NOT_FOUND", "Requested entity was not found.")));
  CHECK(answer_of<Failure>(step).kind == FailureKind::not_found);
}

TEST_CASE("a redirect is followed, and the key stays with our own origin") {
  Download download(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
  download.begin();
  Step step = download.go_on(redirect("/elsewhere?x=y"));
  CHECK(request_of(step).url == "https://service.example/elsewhere?x=y");
  CHECK(header_of(request_of(step), "x-goog-api-key").has_value());
  for (const char* other : {"https://storage.example/o", "https://service.example:8443/o", "http://service.example/o",
                            "https://service.example.evil/o"}) {
    CAPTURE(other);
    Download elsewhere(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
    elsewhere.begin();
    step = elsewhere.go_on(redirect(other));
    CHECK(request_of(step).url == other);
    CHECK_FALSE(header_of(request_of(step), "x-goog-api-key").has_value());
  }
}

TEST_CASE("the sixth redirect and one that leads nowhere are failures") {
  Download download(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
  download.begin();
  for (int i = 0; i < 5; ++i) request_of(download.go_on(redirect("/again")));
  CHECK(answer_of<Failure>(download.go_on(redirect("/again"))).kind == FailureKind::server);
  Download lost(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
  lost.begin();
  CHECK(answer_of<Failure>(lost.go_on(reply(302))).kind == FailureKind::server);
}

TEST_CASE("a cut download, a full disk and a part that nobody asked for are failures of their own") {
  const auto kind = [](http::Response response) {
    Download download(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
    download.begin();
    return answer_of<Failure>(download.go_on(std::move(response))).kind;
  };
  CHECK(kind(no_reply(http::ResponseKind::cut)) == FailureKind::unreachable);
  CHECK(kind(no_reply(http::ResponseKind::local)) == FailureKind::local);
  CHECK(kind(reply(206)) == FailureKind::server);
  CHECK(kind(reply(204)) == FailureKind::server);
  CHECK(kind(reply(503)) == FailureKind::server);
  CHECK(kind(reply(403)) == FailureKind::not_found);
}
