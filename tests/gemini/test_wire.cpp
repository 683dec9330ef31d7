#include "gemini/wire.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/sha256.hpp"
#include "base/text.hpp"

using namespace batchctl;
using namespace batchctl::gemini;
using nlohmann::json;

TEST_CASE("an int64 is read from text and from a number") {
  CHECK(int64_of(json("202")) == 202);
  CHECK(int64_of(json(202)) == 202);
  CHECK(int64_of(json(202.0)) == 202);
  CHECK(int64_of(json("-1")) == -1);
  CHECK(int64_of(json("9223372036854775807")) == INT64_MAX);
  CHECK(int64_of(json(std::uint64_t{9223372036854775807ULL})) == INT64_MAX);
}

TEST_CASE("what is no int64 is none") {
  for (const json& value :
       {json(""), json("x"), json("1x"), json("1.5"), json(1.5), json(1e300), json(nullptr), json(true), json::array(),
        json("9223372036854775808"), json(std::uint64_t{9223372036854775808ULL})}) {
    CAPTURE(value.dump());
    CHECK_FALSE(int64_of(value).has_value());
  }
}

TEST_CASE("a SHA-256 is read as base64 of hex, as hex, and as base64 of its bytes") {
  const std::string hex = sha256_hex("body");
  std::string upper = hex;
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  std::string raw;
  for (std::size_t i = 0; i < hex.size(); i += 2) raw += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  CHECK(sha256_of(to_base64(hex)) == hex);
  CHECK(sha256_of(hex) == hex);
  CHECK(sha256_of(upper) == hex);
  CHECK(sha256_of(to_base64(raw)) == hex);
}

TEST_CASE("what is no SHA-256 is none") {
  for (const std::string& text :
       {std::string(), std::string("abc"), std::string(64, 'g'), to_base64("short"), to_base64(std::string(64, 'z'))}) {
    CAPTURE(text);
    CHECK_FALSE(sha256_of(text).has_value());
  }
}

TEST_CASE("a retry delay is read with and without a fraction, and saturates") {
  CHECK(duration_of("28s") == seconds{28});
  CHECK(duration_of("2.5s") == milliseconds{2500});
  CHECK(duration_of("0.123456789s") == milliseconds{123});
  CHECK(duration_of("0s") == seconds{0});
  CHECK(duration_of("9223372036854775807s") == Duration::max());
  CHECK(duration_of("99999999999999999999999s") == Duration::max());
  CHECK(duration_of("9223372036854775s") == seconds{9223372036854775});
  CHECK(duration_of("9223372036854775.807s") == Duration::max());
  for (const char* text : {"", "s", "28", "-1s", "1m", ".5s", "1.s", "1e3s", " 1s", "1s "}) {
    CAPTURE(text);
    CHECK_FALSE(duration_of(text).has_value());
  }
}

TEST_CASE("a state is the same under either prefix, and an unknown one stays unknown with its word") {
  for (const char* prefix : {"BATCH_STATE_", "JOB_STATE_", ""}) {
    CAPTURE(prefix);
    const auto state = [prefix](const char* word) { return job_state(std::string(prefix) + word); };
    CHECK(state("PENDING") == JobState::pending);
    CHECK(state("RUNNING") == JobState::running);
    CHECK(state("SUCCEEDED") == JobState::succeeded);
    CHECK(state("FAILED") == JobState::failed);
    CHECK(state("CANCELLED") == JobState::cancelled);
    CHECK(state("EXPIRED") == JobState::expired);
    CHECK(state("UNSPECIFIED") == JobState::unknown);
    CHECK(state("QUEUED") == JobState::unknown);
  }
  const auto seen = observation(json{{"name", "batches/a"}, {"metadata", {{"state", "BATCH_STATE_NAPPING"}}}});
  REQUIRE(seen.has_value());
  CHECK(seen->state == JobState::unknown);
  CHECK(seen->state_word == "BATCH_STATE_NAPPING");
  CHECK_FALSE(seen->ended);
}

TEST_CASE("an operation is read with absent counters as zero and an absent done as false") {
  const auto seen = observation(json::parse(R"({"name": "batches/a", "metadata": {
      "model": "models/m-1", "displayName": "bc/x/0/a1/y", "inputConfig": {"fileName": "files/f"},
      "createTime": "2026-08-20T20:08:31.015405218Z", "state": "BATCH_STATE_RUNNING",
      "batchStats": {"requestCount": "9", "pendingRequestCount": 9}}})"));
  REQUIRE(seen.has_value());
  CHECK(seen->name == JobName{"batches/a"});
  CHECK(seen->model == "m-1");
  CHECK(seen->display_name == "bc/x/0/a1/y");
  CHECK(seen->input == RemoteFileName{"files/f"});
  CHECK_FALSE(seen->ended);
  CHECK(seen->stats.requests == 9);
  CHECK(seen->stats.pending == 9);
  CHECK(seen->stats.succeeded == 0);
  CHECK(seen->stats.failed == 0);
  CHECK(seen->created_at == parse_rfc3339("2026-08-20T20:08:31.015Z"));
  CHECK_FALSE(seen->output.has_value());
}

TEST_CASE("a job has ended by done or by its state, whichever is told") {
  CHECK(observation(json::parse(R"({"name":"b","done":true,"metadata":{"state":"BATCH_STATE_RUNNING"}})"))->ended);
  CHECK(observation(json::parse(R"({"name":"b","metadata":{"state":"JOB_STATE_EXPIRED"}})"))->ended);
  CHECK(observation(json::parse(R"({"name":"b","done":true,"response":{}})"))->state == JobState::succeeded);
  CHECK(observation(json::parse(R"({"name":"b","done":true,"error":{"code":13}})"))->state == JobState::failed);
}

TEST_CASE("an output is found in the metadata and in the response, also of a job that ended badly") {
  const auto from_metadata = observation(json::parse(
      R"({"name":"b","metadata":{"state":"BATCH_STATE_CANCELLED","output":{"responsesFile":"files/batch-b"}}})"));
  const auto from_response =
      observation(json::parse(R"({"name":"b","done":true,"response":{"responsesFile":"files/batch-b"}})"));
  CHECK(from_metadata->output == OutputRef{"files/batch-b"});
  CHECK(from_response->output == OutputRef{"files/batch-b"});
}

TEST_CASE("members of another type than they should be are as if absent") {
  const auto seen = observation(json::parse(
      R"({"name":"b","done":"yes","error":[],"response":3,"metadata":{"state":7,"batchStats":[],"output":"x",
          "createTime":5,"inputConfig":null}})"));
  REQUIRE(seen.has_value());
  CHECK_FALSE(seen->ended);
  CHECK_FALSE(seen->created_at.has_value());
  CHECK_FALSE(observation(json::parse(R"({"name":""})")).has_value());
  CHECK_FALSE(observation(json::parse(R"([1])")).has_value());
  CHECK_FALSE(file_facts(json::parse(R"({"sizeBytes":"3"})")).has_value());
}

TEST_CASE("an empty page of jobs is complete, and one with an unreadable entry is not") {
  const JobPage empty = job_page(json::object());
  CHECK(empty.jobs.empty());
  CHECK(empty.complete);
  CHECK(empty.next_page.empty());
  const JobPage bad = job_page(json::parse(R"({"operations":[{"name":"b"},{"done":true}],"nextPageToken":"t"})"));
  CHECK(bad.jobs.size() == 1);
  CHECK_FALSE(bad.complete);
  CHECK(bad.next_page == "t");
  CHECK_FALSE(job_page(json::parse(R"({"unreachable":["somewhere"]})")).complete);
}

TEST_CASE("an empty page of files is complete, and one with an unreadable entry is not") {
  CHECK(file_page(json::object()).complete);
  const FilePage bad = file_page(json::parse(
      R"({"files":[{"name":"files/a","displayName":"A","sizeBytes":"12"},{"uri":"x"}],"nextPageToken":"t"})"));
  CHECK_FALSE(bad.complete);
  REQUIRE(bad.files.size() == 1);
  CHECK(bad.files[0].display_name == "A");
  CHECK(bad.files[0].bytes == 12);
  CHECK(bad.next_page == "t");
  CHECK_FALSE(file_page(json::parse(R"({"operations":[]})")).complete);
}

TEST_CASE("a short page, also one without any job, leads on by its token, and unknown members change nothing") {
  const JobPage none = job_page(json::parse(R"({"nextPageToken":"t","newMember":[1]})"));
  CHECK(none.complete);
  CHECK(none.jobs.empty());
  CHECK(none.next_page == "t");
  const JobPage one = job_page(json::parse(
      R"({"operations":[{"name":"b","new":{},"metadata":{"displayName":"d","state":"BATCH_STATE_DREAMING","x":null}}],
          "newMember":{"a":1}})"));
  CHECK(one.complete);
  REQUIRE(one.jobs.size() == 1);
  CHECK(one.jobs[0].state == JobState::unknown);
  CHECK_FALSE(one.jobs[0].ended);
  CHECK(one.next_page.empty());
  CHECK(job_page(json::parse(R"({"operations":[]})")).complete);
  CHECK(job_page(json::parse(R"({"operations":[],"unreachable":[]})")).complete);
}

TEST_CASE("a page that may not be the list, or hides jobs, proves nothing") {
  for (const char* page :
       {R"({"newMember":1})", R"({"operations":{}})", R"({"operations":[],"nextPageToken":7})", R"({"operations":[7]})",
        R"({"operations":[{"name":"b","metadata":{}}]})", R"({"operations":[],"error":{"code":13}})",
        R"({"operations":[],"unreachable":["somewhere"]})"}) {
    CAPTURE(page);
    CHECK_FALSE(job_page(json::parse(page)).complete);
  }
}

TEST_CASE("a create names the file by its full name, whichever way it was given") {
  CreateJob job;
  job.display_name = "bc/run/0/a1/\xFF";
  for (const char* name : {"files/bc-1", "bc-1"}) {
    job.input = RemoteFileName{name};
    const json body = json::parse(create_body(job));
    CHECK(body["batch"]["inputConfig"]["fileName"] == "files/bc-1");
    CHECK(body["batch"].size() == 2);
  }
}

TEST_CASE("an error body is read in its envelope and without it") {
  const ErrorBody outer = error_body(R"({"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[
      {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.5s"},
      {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"WHY"},
      {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"Q","quotaValue":"5"}]},
      "nonsense", {"@type":5}]}})");
  CHECK(outer.form == ErrorBody::Form::json);
  CHECK(outer.message == "m");
  CHECK(outer.status == "RESOURCE_EXHAUSTED");
  CHECK(outer.retry_delay == milliseconds{2500});
  CHECK(outer.reasons == std::vector<std::string>{"WHY"});
  REQUIRE(outer.violations.size() == 1);
  CHECK(outer.violations[0].id == "Q");
  CHECK(outer.violations[0].limit == 5);
  CHECK(error_body(R"({"code":13,"message":"inner"})").message == "inner");
  CHECK(error_body(R"({"error":"a word"})").form == ErrorBody::Form::json);
  CHECK(error_body(" \n").form == ErrorBody::Form::empty);
  CHECK(error_body("<!DOCTYPE html><html>").form == ErrorBody::Form::html);
  CHECK(error_body("upstream connect error").form == ErrorBody::Form::other);
}
