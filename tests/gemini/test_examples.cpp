// Every recorded answer that lies beside the project, when it does: the shapes of the real service.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.hpp"
#include "beside.hpp"
#include "gemini/meaning.hpp"
#include "gemini/replies.hpp"
#include "gemini/wire.hpp"

using namespace batchctl;
using namespace batchctl::gemini;
using namespace batchctl::tests;
using nlohmann::json;

namespace {

const std::filesystem::path kExamples = BATCHCTL_SOURCE_DIR "/../shared/gemini-api/examples";

bool are_here() { return beside("gemini-api/examples", "the meaning of the recorded answers").has_value(); }

json example(const std::string& name) {
  std::ifstream file(kExamples / name);
  REQUIRE(file.good());
  return json::parse(file);
}

http::Response response_of(const json& recorded) {
  http::Response response = reply(recorded.at("status"));
  if (recorded.contains("body") && !recorded["body"].is_null()) response.body = recorded["body"].dump();
  for (const auto& [name, value] : recorded["headers"].items()) {
    response.headers.push_back({name, value.get<std::string>()});
  }
  return response;
}

struct Expected {
  About about;
  FailureKind kind;
  CreateAnswer create;
  PauseKind pause = PauseKind::unknown;
};

}  // namespace

TEST_CASE("every recorded error has the meaning that the policy gives it") {
  if (!are_here()) return;
  using enum FailureKind;
  const std::map<std::string, Expected> expectations = {
      {"error_400_api_key.json", {About::job, stopped, CreateAnswer::stopped}},
      {"error_400_bad_line.json", {About::nothing, rejected, CreateAnswer::rejected}},
      {"error_400_file_id_too_long.json", {About::file, rejected, CreateAnswer::rejected}},
      {"error_400_file_name_charset.json", {About::nothing, rejected, CreateAnswer::rejected}},
      {"error_400_payload_too_large.json", {About::nothing, rejected, CreateAnswer::rejected}},
      {"error_400_unknown_field_in_line.json", {About::nothing, rejected, CreateAnswer::rejected}},
      {"error_403_file.json", {About::file, not_found, CreateAnswer::lost_file}},
      {"error_404_batch.json", {About::job, not_found, CreateAnswer::stopped}},
      {"error_404_model_retired.json", {About::nothing, rejected, CreateAnswer::stopped}},
      {"error_409_file_exists.json", {About::nothing, rejected, CreateAnswer::rejected}},
      {"error_429_bare_quota.json", {About::nothing, quota, CreateAnswer::refused}},
      {"error_429_bare_resource.json", {About::nothing, quota, CreateAnswer::refused}},
      {"error_429_file_storage.json", {About::nothing, quota, CreateAnswer::refused, PauseKind::storage}},
      {"error_429_help_only.json", {About::nothing, quota, CreateAnswer::refused}},
      {"error_429_quota_failure_retry_info.json", {About::nothing, quota, CreateAnswer::refused, PauseKind::minute}},
      {"error_500_internal.json", {About::nothing, server, CreateAnswer::unclear}},
      {"error_503_empty_body.json", {About::nothing, server, CreateAnswer::unclear}},
      {"error_503_inline_results_timeout.json", {About::job, server, CreateAnswer::unclear}},
      {"error_503_overloaded.json", {About::job, server, CreateAnswer::unclear}},
  };
  CreateJob job;
  job.model = "gemini-3.5-flash-lite";
  job.input = RemoteFileName{"files/voe5u4gdj968"};
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kExamples)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("error_")) continue;
    CAPTURE(name);
    const auto expected = expectations.find(name);
    REQUIRE(expected != expectations.end());
    const http::Response response = response_of(example(name));
    const Failure failure = failure_of(response, expected->second.about);
    CHECK(failure.kind == expected->second.kind);
    CHECK_FALSE(failure.message.empty());
    CHECK(create_outcome(response, job).answer == expected->second.create);
    if (failure.refusal) CHECK(failure.refusal->kind == expected->second.pause);
    ++seen;
  }
  CHECK(seen == static_cast<int>(expectations.size()));
}

TEST_CASE("each recorded form of a 429 has its kind, its hint and its quota, and keeps the service's words") {
  if (!are_here()) return;
  struct Form {
    const char* name;
    PauseKind kind;
    std::optional<Duration> hint{};
    std::optional<std::string> quota_id{};
  };
  // The forms a (two sentences), b, c and d of the contract; nobody has seen the fifth, so its words are ours.
  const std::vector<Form> forms = {
      {"error_429_bare_quota.json", PauseKind::unknown},
      {"error_429_bare_resource.json", PauseKind::unknown},
      {"error_429_help_only.json", PauseKind::unknown},
      {"error_429_quota_failure_retry_info.json", PauseKind::minute, seconds{28},
       "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"},
      {"error_429_file_storage.json", PauseKind::storage, Duration::max(), "FileStorageBytesPerProject"},
      {"spend", PauseKind::spend},
  };
  for (const Form& form : forms) {
    CAPTURE(form.name);
    const bool is_spend = form.kind == PauseKind::spend;
    json recorded = example(is_spend ? "error_429_bare_quota.json" : form.name);
    if (is_spend) recorded["body"]["error"]["message"] = "Your project has reached its spend limit.";
    const http::Response response = response_of(recorded);
    CreateJob job;
    job.model = "gemini-3.5-flash-lite";
    for (const Failure& failure : {failure_of(response, About::nothing), create_outcome(response, job).failure}) {
      CHECK(failure.kind == FailureKind::quota);
      CHECK(failure.http_status == 429);
      REQUIRE(failure.refusal.has_value());
      CHECK(failure.refusal->kind == form.kind);
      CHECK(failure.refusal->retry_after == form.hint);
      CHECK(failure.retry_after == form.hint);
      CHECK(failure.refusal->quota_id == form.quota_id);
      const std::string words = recorded["body"]["error"]["message"];
      const std::string first_line(trimmed(words.substr(0, words.find('\n'))));
      CHECK(failure.message.starts_with(first_line));
      CHECK(failure.refusal->message == failure.message);
      if (form.kind == PauseKind::storage) CHECK(failure.message.find("file_storage_bytes") != std::string::npos);
    }
  }
}

TEST_CASE("every recorded operation is read with its state, its end and its output") {
  if (!are_here()) return;
  struct Shape {
    JobState state;
    bool ended, has_output;
  };
  const std::map<std::string, Shape> shapes = {
      {"operation_pending.json", {JobState::pending, false, false}},
      {"operation_running.json", {JobState::running, false, false}},
      {"operation_succeeded_file.json", {JobState::succeeded, true, true}},
      {"operation_succeeded_inline.json", {JobState::succeeded, true, false}},
      {"operation_all_rows_failed.json", {JobState::succeeded, true, true}},
      {"operation_partially_failed.json", {JobState::succeeded, true, true}},
      {"operation_cancelled_before_start.json", {JobState::cancelled, true, false}},
      {"operation_cancelled_with_partials.json", {JobState::succeeded, true, true}},
      {"operation_expired.json", {JobState::expired, true, false}},
      {"operation_failed.json", {JobState::failed, true, false}},
  };
  for (const auto& [name, shape] : shapes) {
    CAPTURE(name);
    const json recorded = example(name);
    const auto seen = observation(recorded["body"]);
    REQUIRE(seen.has_value());
    CHECK(seen->state == shape.state);
    CHECK(seen->ended == shape.ended);
    CHECK(seen->output.has_value() == shape.has_output);
    CHECK(seen->created_at.has_value());
    CHECK(seen->ended_at.has_value() == shape.ended);
    CHECK(seen->stats.requests.value_or(0) > 0);
    CHECK(seen->error.has_value() == recorded["body"].contains("error"));
  }
}

TEST_CASE("the recorded list and files are read") {
  if (!are_here()) return;
  const JobPage page = job_page(example("batches_list.json")["body"]);
  CHECK(page.complete);
  CHECK(page.jobs.size() == 2);
  CHECK_FALSE(page.next_page.empty());
  CHECK(page.jobs[1].output.has_value());

  const auto uploaded = file_facts(example("upload_finalize.json")["body"]["file"]);
  REQUIRE(uploaded.has_value());
  CHECK(uploaded->bytes == 202);
  CHECK(uploaded->state == FileFacts::State::active);
  CHECK(uploaded->sha256 == "597b96e5c7d2b0d01acdc80dd0bcd653da099bb26d8106b12d870edadf2837fc");
  CHECK(uploaded->expires_at == parse_rfc3339("2025-09-12T13:37:39.053Z"));
  CHECK(file_facts(example("file_resource_uploaded.json")["body"])->sha256 == uploaded->sha256);
  CHECK_FALSE(file_facts(example("file_resource_generated.json")["body"])->sha256.has_value());
}
