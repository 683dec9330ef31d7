#include "gemini/jobs.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "gemini/replies.hpp"

using namespace batchctl;
using namespace batchctl::gemini;
using namespace batchctl::tests;

namespace {

const Endpoint kEndpoint("https://service.example/", "test-key-4711");

CreateJob create() {
  CreateJob job;
  job.model = "gemini-2.5-flash";
  job.display_name = "bc/run/0/a1/abc";
  job.input = RemoteFileName{"files/bc-1"};
  job.input_bytes = 9ULL << 20U;
  job.send_before = std::chrono::seconds{77};
  return job;
}

}  // namespace

TEST_CASE("a create is one POST on a connection of its own, bounded in its sending and its time") {
  CreateTiming timing;
  timing.create = seconds{100};
  const Step step = create_job(kEndpoint, timing, create())->begin();
  const http::Request& request = request_of(step);
  CHECK(request.method == "POST");
  CHECK(request.url == "https://service.example/v1beta/models/gemini-2.5-flash:batchGenerateContent");
  CHECK(request.connection == http::Connection::fresh);
  CHECK(request.send_before == std::chrono::nanoseconds{std::chrono::seconds{77}});
  CHECK(request.timeout == seconds{104});
  CHECK(request.stall == Duration::zero());
  CHECK(header_of(request, "x-goog-api-key") == "test-key-4711");
  CHECK(header_of(request, "Content-Type") == "application/json");
  const auto body = nlohmann::json::parse(*request.body);
  CHECK(body == nlohmann::json::parse(
                    R"({"batch":{"displayName":"bc/run/0/a1/abc","inputConfig":{"fileName":"files/bc-1"}}})"));
}

TEST_CASE("a model is named with and without its prefix, and cannot leave its place in the path") {
  CreateJob job = create();
  const auto url = [&job](const char* model) {
    job.model = model;
    return request_of(create_job(kEndpoint, {}, job)->begin()).url;
  };
  const std::string prefix = "https://service.example/v1beta/models/";
  CHECK(url("models/m-1.5") == prefix + "m-1.5:batchGenerateContent");
  CHECK(url("../files?x#y z") == prefix + "..%2Ffiles%3Fx%23y%20z:batchGenerateContent");
}

TEST_CASE("each call goes to its path with the key") {
  struct Row {
    std::unique_ptr<Task> task;
    std::string method, url;
  };
  std::vector<Row> rows;
  const std::string base = "https://service.example/v1beta/";
  rows.push_back({list_jobs(kEndpoint, {""}), "GET", base + "batches?pageSize=100"});
  rows.push_back({list_jobs(kEndpoint, {"a+b/="}), "GET", base + "batches?pageSize=100&pageToken=a%2Bb%2F%3D"});
  rows.push_back({get_job(kEndpoint, {JobName{"batches/x"}}), "GET", base + "batches/x"});
  rows.push_back({cancel_job(kEndpoint, {JobName{"batches/x"}}), "POST", base + "batches/x:cancel"});
  rows.push_back({delete_job(kEndpoint, {JobName{"batches/x"}}), "DELETE", base + "batches/x"});
  rows.push_back({find_file(kEndpoint, {RemoteFileName{"bc-1"}}), "GET", base + "files/bc-1"});
  rows.push_back({find_file(kEndpoint, {RemoteFileName{"files/bc-1"}}), "GET", base + "files/bc-1"});
  rows.push_back({delete_file(kEndpoint, {RemoteFileName{"bc-1"}}), "DELETE", base + "files/bc-1"});
  for (const Row& row : rows) {
    const Step step = row.task->begin();
    const http::Request& request = request_of(step);
    CHECK(request.method == row.method);
    CHECK(request.url == row.url);
    CHECK(header_of(request, "x-goog-api-key") == "test-key-4711");
    CHECK(request.connection == http::Connection::shared);
    CHECK(request.timeout.has_value());
  }
}

TEST_CASE("a count of tokens sends the request with its model, and nothing of it is lost") {
  CountTokens count;
  count.model = "models/m-1";
  count.request = R"({"contents":[{"parts":[{"text":"q"}]}],"systemInstruction":{"parts":[]},"model":"models/other"})";
  const Step step = count_tokens(kEndpoint, count)->begin();
  CHECK(request_of(step).method == "POST");
  CHECK(request_of(step).url == "https://service.example/v1beta/models/m-1:countTokens");
  CHECK(header_of(request_of(step), "x-goog-api-key") == "test-key-4711");
  CHECK(request_of(step).timeout.has_value());
  CHECK(nlohmann::json::parse(*request_of(step).body) ==
        nlohmann::json::parse(R"({"generateContentRequest":{"model":"models/m-1","systemInstruction":{"parts":[]},
                                  "contents":[{"parts":[{"text":"q"}]}]}})"));
  for (const char* request : {"", "[]", "\"text\"", "{"}) {
    count.request = request;
    CHECK_THROWS_AS(count_tokens(kEndpoint, count), Bug);
  }
}

TEST_CASE("a count of tokens is read as a number or as text, and an answer without it is none") {
  const CountTokens count{"m", "{}"};
  const auto counted = [&count](const http::Response& response) {
    return count_tokens(kEndpoint, count)->go_on(response);
  };
  CHECK(answer_of<TokenCount>(counted(reply(200, R"({"totalTokens":31,"promptTokensDetails":[{}]})"))).tokens == 31);
  CHECK(answer_of<TokenCount>(counted(reply(200, R"({"totalTokens":"31"})"))).tokens == 31);
  for (const char* body : {"", "{}", R"({"totalTokens":0})", R"({"totalTokens":-3})", R"({"totalTokens":"many"})"}) {
    CAPTURE(body);
    CHECK(answer_of<Failure>(counted(reply(200, body))).kind == FailureKind::server);
  }
  CHECK(answer_of<Failure>(counted(reply(503))).kind == FailureKind::server);
  CHECK(answer_of<Failure>(counted(reply(429))).kind == FailureKind::quota);
  CHECK(answer_of<Failure>(counted(no_reply(http::ResponseKind::cut))).kind == FailureKind::unreachable);
  const Step unknown = counted(reply(404, error_json(404, "NOT_FOUND", "models/m is not found")));
  CHECK(answer_of<Failure>(unknown).kind == FailureKind::stopped);
  CHECK(answer_of<Failure>(unknown).reason == "model");
}

TEST_CASE("a read that brings no readable object is a failure of the service") {
  for (const char* body : {"", "[]", "<html>", "{"}) {
    CAPTURE(body);
    auto list = list_jobs(kEndpoint, {});
    CHECK(answer_of<Failure>(list->go_on(reply(200, body))).kind == FailureKind::server);
    auto get = get_job(kEndpoint, {JobName{"batches/x"}});
    CHECK(answer_of<Failure>(get->go_on(reply(200, body))).kind == FailureKind::server);
  }
  auto list = list_jobs(kEndpoint, {});
  CHECK(answer_of<JobPage>(list->go_on(reply(200, "{}"))).complete);
  auto get = get_job(kEndpoint, {JobName{"batches/x"}});
  CHECK(answer_of<Failure>(get->go_on(reply(200, "{}"))).kind == FailureKind::server);
}

TEST_CASE("a service without TLS, unless it is this machine, and an odd key are refused before anything is sent") {
  CHECK_THROWS_AS(Endpoint("http://service.example", "key"), Fatal);
  CHECK_THROWS_AS(Endpoint("service.example", "key"), Fatal);
  CHECK_THROWS_AS(Endpoint("https://service.example", ""), Fatal);
  CHECK_THROWS_AS(Endpoint("https://service.example", "key\r\nX-Other: header"), Fatal);
  CHECK_NOTHROW(Endpoint("http://127.0.0.1:5000", "key"));
}
