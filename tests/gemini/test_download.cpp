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

/// A body that broke off when the sink held so many bytes.
http::Response broken(http::Response response, std::uint64_t sink_bytes) {
  response.kind = http::ResponseKind::cut;
  response.sink_bytes = sink_bytes;
  return response;
}

http::Response part(std::uint64_t first, std::uint64_t sink_bytes, const std::string& total) {
  http::Response response = reply(206);
  response.sink_bytes = sink_bytes;
  response.headers.push_back(
      {"content-range", "bytes " + std::to_string(first) + "-" + std::to_string(sink_bytes - 1) + "/" + total});
  return response;
}

http::Response with(http::Response response, const std::string& name, const std::string& value) {
  response.headers.push_back({name, value});
  return response;
}

struct Begun : Download {
  Begun() : Download(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"}) { begin(); }
};

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
  for (const char* other : {"https://storage.example/o", "https://service.example:8443/o", "http://127.0.0.1/o",
                            "https://service.example.evil/o"}) {
    CAPTURE(other);
    Download elsewhere(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
    elsewhere.begin();
    step = elsewhere.go_on(redirect(other));
    CHECK(request_of(step).url == other);
    CHECK_FALSE(header_of(request_of(step), "x-goog-api-key").has_value());
    step = elsewhere.go_on(redirect("https://service.example/back"));
    CHECK(request_of(step).url == "https://service.example/back");
    CHECK_FALSE(header_of(request_of(step), "x-goog-api-key").has_value());
  }
}

TEST_CASE("a redirect to another machine without TLS is not followed") {
  for (const char* other : {"http://service.example/o", "http://storage.example/o", "ftp://storage.example/o"}) {
    CAPTURE(other);
    Download download(kEndpoint, {OutputRef{"files/batch-abc"}, "/tmp/raw"});
    download.begin();
    CHECK(answer_of<Failure>(download.go_on(redirect(other))).kind == FailureKind::server);
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

// ---- cut bodies ---------------------------------------------------------------------------------------------------

TEST_CASE("a cut body is asked for from where it broke off, on the whole way anew, with the key at home only") {
  Begun download;
  REQUIRE_FALSE(header_of(request_of(download.go_on(redirect("https://storage.example/o"))), "Range").has_value());
  Step step = download.go_on(broken(with(whole(0, "12"), "etag", "\"v1\""), 5));
  CHECK(request_of(step).url == "https://service.example/download/v1beta/files/batch-abc:download?alt=media");
  CHECK(header_of(request_of(step), "x-goog-api-key").has_value());
  step = download.go_on(redirect("https://storage.example/o"));
  CHECK(request_of(step).sink_from == 5);
  CHECK(request_of(step).sink == "/tmp/raw");
  CHECK(header_of(request_of(step), "Range") == "bytes=5-");
  CHECK(header_of(request_of(step), "If-Range") == "\"v1\"");
  CHECK_FALSE(header_of(request_of(step), "x-goog-api-key").has_value());
  step = download.go_on(broken(part(5, 9, "12"), 9));
  CHECK(header_of(request_of(step), "Range") == "bytes=9-");
  CHECK(answer_of<Fetched>(download.go_on(part(9, 12, "12"))).bytes == 12);
}

TEST_CASE("a resume stays on the path that was found") {
  Begun download;
  download.go_on(reply(404));
  const Step step = download.go_on(broken(whole(0, "12"), 5));
  CHECK(request_of(step).url == "https://service.example/v1beta/files/batch-abc:download?alt=media");
  CHECK(answer_of<Failure>(download.go_on(reply(404))).kind == FailureKind::not_found);
}

TEST_CASE("a weak tag does not vouch for the bytes of a part") {
  Begun download;
  const Step step = download.go_on(broken(with(whole(0, "12"), "etag", "W/\"v1\""), 5));
  CHECK(header_of(request_of(step), "Range") == "bytes=5-");
  CHECK_FALSE(header_of(request_of(step), "If-Range").has_value());
}

TEST_CASE("a whole body in answer to a resume begins from zero, and its own length counts") {
  Begun download;
  download.go_on(broken(with(whole(0, "12"), "etag", "\"v1\""), 5));
  SUBCASE("it is complete") { CHECK(answer_of<Fetched>(download.go_on(whole(20, "20"))).bytes == 20); }
  SUBCASE("it is cut as well") {
    const Step step = download.go_on(broken(with(whole(0, "20"), "etag", "\"v2\""), 3));
    CHECK(header_of(request_of(step), "Range") == "bytes=3-");
    CHECK(header_of(request_of(step), "If-Range") == "\"v2\"");
    CHECK(answer_of<Fetched>(download.go_on(part(3, 20, "20"))).bytes == 20);
  }
}

TEST_CASE("a part that does not fit, and a 416, are followed by the whole, and no part is asked for again") {
  for (const http::Response& unfit :
       {part(4, 12, "12"), part(5, 12, "13"), with(reply(206), "content-range", "nonsense"), reply(206), reply(416),
        broken(part(4, 0, "12"), 0)}) {
    CAPTURE(unfit.status);
    Begun download;
    download.go_on(broken(whole(0, "12"), 5));
    Step step = download.go_on(unfit);
    CHECK_FALSE(header_of(request_of(step), "Range").has_value());
    CHECK(request_of(step).sink_from == 0);
    step = download.go_on(broken(whole(0, "12"), 7));
    CHECK_FALSE(header_of(request_of(step), "Range").has_value());
    CHECK(answer_of<Fetched>(download.go_on(whole(12, "12"))).bytes == 12);
  }
}

TEST_CASE("a part that is shorter than the rest is no whole, and a total that only a part tells counts") {
  Begun download;
  download.go_on(broken(whole(0), 5));
  const Step step = download.go_on(part(5, 8, "12"));
  CHECK(header_of(request_of(step), "Range") == "bytes=8-");
  CHECK(answer_of<Fetched>(download.go_on(part(8, 12, "12"))).bytes == 12);
}

TEST_CASE("where a service offers no ranges a cut body is asked for as a whole") {
  Begun download;
  const Step step = download.go_on(broken(with(whole(0, "12"), "accept-ranges", "none"), 5));
  CHECK_FALSE(header_of(request_of(step), "Range").has_value());
}

TEST_CASE("a download is resumed ten times, and only while every answer brings something") {
  Begun download;
  std::uint64_t there = 1;
  Step step = download.go_on(broken(whole(0, "100"), there));
  int resumes = 0;
  Duration longest{};
  for (; std::holds_alternative<http::Request>(step); ++resumes) {
    REQUIRE(resumes < 100);
    CHECK(request_of(step).delay >= longest);
    longest = request_of(step).delay;
    ++there;
    step = download.go_on(broken(part(there - 1, there, "100"), there));
  }
  CHECK(resumes == 10);
  CHECK(longest > Duration::zero());
  CHECK(answer_of<Failure>(step).kind == FailureKind::unreachable);

  for (const http::Response& nothing : {no_reply(http::ResponseKind::cut), no_reply(http::ResponseKind::not_sent),
                                        broken(part(5, 6, "12"), 0), broken(part(5, 6, "12"), 5)}) {
    Begun stuck;
    stuck.go_on(broken(whole(0, "12"), 5));
    CHECK(answer_of<Failure>(stuck.go_on(nothing)).kind == FailureKind::unreachable);
  }
}

TEST_CASE("a disk that refuses ends a download, however far it was") {
  Begun download;
  http::Response full = broken(whole(0, "12"), 5);
  full.kind = http::ResponseKind::local;
  CHECK(answer_of<Failure>(download.go_on(full)).kind == FailureKind::local);
}
