#include "gemini/meaning.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/log.hpp"
#include "gemini/replies.hpp"

using namespace batchctl;
using namespace batchctl::gemini;
using namespace batchctl::tests;

namespace {

const std::string kKeyDetail =
    R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"})";
const std::string kHelp = R"({"@type":"type.googleapis.com/google.rpc.Help","links":[{"url":"https://x"}]})";

CreateJob create() {
  CreateJob job;
  job.model = "gemini-2.5-flash";
  job.display_name = "bc/run/0/a1/abc";
  job.input = RemoteFileName{"files/bc-0123456789"};
  return job;
}

CreateOutcome created(const http::Response& response) { return create_outcome(response, create()); }

std::string violation(const std::string& id, const std::string& value = "5", const std::string& metric = "m") {
  return R"({"quotaMetric":")" + metric + R"(","quotaId":")" + id + R"(","quotaValue":")" + value + "\"}";
}

std::string quota_failure(const std::string& violations) {
  return R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[)" + violations + "]}";
}

std::string retry_info(const std::string& delay) {
  return R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" + delay + "\"}";
}

Refusal refused(const std::string& details, const std::string& message = "You exceeded your current quota",
                std::vector<http::Header> headers = {}) {
  const Failure failure = failure_of(
      reply(429, error_json(429, "RESOURCE_EXHAUSTED", message, details), std::move(headers)), About::nothing);
  CHECK(failure.kind == FailureKind::quota);
  REQUIRE(failure.refusal.has_value());
  CHECK(failure.retry_after == failure.refusal->retry_after);
  return *failure.refusal;
}

bool names_all_causes(const std::string& words) {
  for (const char* cause : {"expired (48 h", "deleted", "another project", "never there", "billing is overdue"})
    if (words.find(cause) == std::string::npos) return false;
  return true;
}

}  // namespace

// ---- creates ------------------------------------------------------------------------------------------------------

TEST_CASE("a create is made only by a 2xx with a readable name") {
  const CreateOutcome made = created(reply(200, R"({"name":"batches/b","metadata":{"state":"BATCH_STATE_PENDING"}})"));
  CHECK(made.answer == CreateAnswer::created);
  REQUIRE(made.job.has_value());
  CHECK(made.job->name == JobName{"batches/b"});
  CHECK(made.job->state == JobState::pending);
  for (const int status : {200, 201, 202})
    CHECK(created(reply(status, R"({"name":"batches/b","new":{"member":1}})")).answer == CreateAnswer::created);
  for (const char* body :
       {"", "{}", "[]", "null", R"({"name":7})", R"({"name":""})", R"({"name":"batches/b")", "<html>welcome</html>"}) {
    CAPTURE(body);
    CHECK(created(reply(200, body)).answer == CreateAnswer::unclear);
  }
}

TEST_CASE("a create without a verdict is unclear") {
  for (const int status :
       {100, 201, 202, 204, 206, 299, 300, 301, 302, 303, 304, 307, 308, 399, 408, 499, 500, 502, 503, 504, 529, 599}) {
    CAPTURE(status);
    CHECK(created(reply(status)).answer == CreateAnswer::unclear);
    CHECK(created(reply(status, "<html>hello</html>")).answer == CreateAnswer::unclear);
  }
  CHECK(created(no_reply(http::ResponseKind::cut)).answer == CreateAnswer::unclear);
}

TEST_CASE("a create that did not leave is not sent") {
  const CreateOutcome outcome = created(no_reply(http::ResponseKind::not_sent));
  CHECK(outcome.answer == CreateAnswer::not_sent);
  CHECK(outcome.failure.kind == FailureKind::unreachable);
  CHECK(outcome.failure.message == "as curl puts it");
}

TEST_CASE("a 429 refuses a create whatever its body is") {
  for (const std::string& body : {std::string(), std::string("<html>"), error_json(429, "RESOURCE_EXHAUSTED", "m")}) {
    CAPTURE(body);
    const CreateOutcome outcome = created(reply(429, body));
    CHECK(outcome.answer == CreateAnswer::refused);
    REQUIRE(outcome.failure.refusal.has_value());
    CHECK(outcome.failure.refusal->kind == PauseKind::unknown);
  }
}

TEST_CASE("a create that only a person can help stops, with the reason") {
  struct Row {
    int status;
    std::string body, reason;
  };
  const std::vector<Row> rows = {
      {400, error_json(400, "INVALID_ARGUMENT", "API key not valid.", kKeyDetail), "key"},
      {400, error_json(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), "key"},
      {400, error_json(400, "FAILED_PRECONDITION", "User location is not supported without billing."), "billing"},
      {401, "", "key"},
      {403, error_json(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without ...)"),
       "key"},
      {403, error_json(403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key."),
       "key"},
      {403, error_json(403, "PERMISSION_DENIED", "Billing is overdue for this project."), "billing"},
      {403, error_json(403, "PERMISSION_DENIED", "Generative Language API has not been used in project 1 before"),
       "permission"},
      {403, "", "permission"},
      {404, error_json(404, "NOT_FOUND", "This model models/gemini-2.5-flash is no longer available to new users."),
       "model"},
      {404, error_json(404, "NOT_FOUND", "models/x is not found for API version v1beta"), "model"},
      {404, "<html>Error 404</html>", "model"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    const CreateOutcome outcome = created(reply(row.status, row.body));
    CHECK(outcome.answer == CreateAnswer::stopped);
    CHECK(outcome.failure.kind == FailureKind::stopped);
    CHECK(outcome.failure.reason == row.reason);
  }
}

TEST_CASE("a create whose file the service does not find has lost its file") {
  for (const int status : {403, 404}) {
    for (const char* message : {"You do not have permission to access the File bc-0123456789 or it may not exist.",
                                "You do not have permission to access the File abc123 or it may not exist.",
                                "files/bc-0123456789 is not found. Check billing."}) {
      CAPTURE(message);
      const CreateOutcome outcome = created(reply(status, error_json(status, "X", message)));
      CHECK(outcome.answer == CreateAnswer::lost_file);
      CHECK(outcome.failure.message.starts_with(message));
      CHECK(names_all_causes(outcome.failure.message) == (status == 403));
    }
  }
}

TEST_CASE("a create whose lines the service does not take is rejected, with the lines in its words") {
  const std::string message =
      R"(Error on line 1: invalid JSON, near column 23: unexpected character\nError on line 2: no such field: 'billing')";
  const CreateOutcome outcome = created(reply(400, error_json(400, "INVALID_ARGUMENT", message)));
  CHECK(outcome.answer == CreateAnswer::rejected);
  CHECK(outcome.failure.kind == FailureKind::rejected);
  CHECK(outcome.failure.http_status == 400);
  CHECK(outcome.failure.message ==
        "Error on line 1: invalid JSON, near column 23: unexpected character; Error on line 2: no such field: "
        "'billing'");
  for (const int status : {400, 405, 409, 410, 413, 422})
    CHECK(created(reply(status)).answer == CreateAnswer::rejected);
}

// ---- other calls --------------------------------------------------------------------------------------------------

TEST_CASE("a 403 about a file means that it is not found, unless it is about the key") {
  const std::string missing =
      error_json(403, "PERMISSION_DENIED", "You do not have permission to access the File abc or it may not exist.");
  CHECK(failure_of(reply(403, missing), About::file).kind == FailureKind::not_found);
  CHECK(failure_of(reply(403), About::file).kind == FailureKind::not_found);
  CHECK(failure_of(reply(404), About::file).kind == FailureKind::not_found);
  CHECK(failure_of(reply(400, error_json(400, "INVALID_ARGUMENT", "x", kKeyDetail)), About::file).kind ==
        FailureKind::stopped);
  CHECK(failure_of(reply(403, error_json(403, "PERMISSION_DENIED", "unregistered callers")), About::file).kind ==
        FailureKind::stopped);
}

TEST_CASE("a 403 about a file names everything that it may mean, after the service's own words") {
  const std::string words = "You do not have permission to access the File abc or it may not exist.";
  const Failure failure = failure_of(reply(403, error_json(403, "PERMISSION_DENIED", words)), About::file);
  CHECK(failure.message.starts_with(words));
  CHECK(names_all_causes(failure.message));
  CHECK(names_all_causes(failure_of(reply(403), About::file).message));
  CHECK_FALSE(names_all_causes(failure_of(reply(404), About::file).message));
  CHECK_FALSE(names_all_causes(failure_of(reply(403, error_json(403, "X", words)), About::output).message));
}

TEST_CASE("a refused type is told from other refusals by its words or by a 415") {
  const auto refuses = [](int status, const std::string& words) {
    return refuses_mime(reply(status, error_json(status, "INVALID_ARGUMENT", words)));
  };
  CHECK(refuses(400, "Unsupported MIME type: jsonl"));
  CHECK(refuses(400, "mime type not supported"));
  CHECK(refuses_mime(reply(415)));
  CHECK_FALSE(refuses(400, "Invalid name"));
  CHECK_FALSE(refuses(500, "Unsupported MIME type: jsonl"));
  CHECK_FALSE(refuses(429, "Unsupported MIME type: jsonl"));
  CHECK_FALSE(refuses_mime(reply(400)));
  CHECK_FALSE(refuses_mime(no_reply(http::ResponseKind::cut)));
}

TEST_CASE("a 404 about a job means that it is not known, but a front end's page does not") {
  const std::string gone = error_json(404, "NOT_FOUND", "Requested entity was not found.");
  CHECK(failure_of(reply(404, gone), About::job).kind == FailureKind::not_found);
  CHECK(failure_of(reply(404), About::job).kind == FailureKind::not_found);
  CHECK(failure_of(reply(404, "<html>Error 404 (Not Found)!!1</html>"), About::job).kind == FailureKind::server);
  CHECK(failure_of(reply(404, gone), About::nothing).kind == FailureKind::rejected);
  CHECK(failure_of(reply(403), About::job).kind == FailureKind::stopped);
}

TEST_CASE("a job that has ended cannot be cancelled, and that stops nobody") {
  const std::string body = error_json(400, "FAILED_PRECONDITION", "The batch has already ended.");
  CHECK(failure_of(reply(400, body), About::job).kind == FailureKind::rejected);
  CHECK(failure_of(reply(400, body), About::nothing).kind == FailureKind::stopped);
}

TEST_CASE("what has no answer is unreachable, and the local disk is told apart") {
  CHECK(failure_of(no_reply(http::ResponseKind::not_sent), About::job).kind == FailureKind::unreachable);
  CHECK(failure_of(no_reply(http::ResponseKind::cut), About::job).kind == FailureKind::unreachable);
  CHECK(failure_of(no_reply(http::ResponseKind::local), About::output).kind == FailureKind::local);
}

TEST_CASE("an answer without the service's words says what came instead of them") {
  const auto words = [](int status, const std::string& body) {
    const Failure failure = failure_of(reply(status, body), About::job);
    CHECK(failure.kind == FailureKind::server);
    return failure.message;
  };
  CHECK(words(503, "") == "503 without a body");
  CHECK(words(503, "\n<!doctype html><html>x") == "503 with an HTML page");
  CHECK(words(502, "upstream connect error") == "502: upstream connect error");
  CHECK(words(500, R"({"error":{"code":500,"status":"INTERNAL"}})") == "500 INTERNAL without words");
  CHECK(words(500, error_json(500, "INTERNAL", "Failed to convert server response to JSON")) ==
        "Failed to convert server response to JSON");
}

TEST_CASE("the service's words are bounded and hide secrets") {
  keep_secret("sesame-key-81");
  const std::string long_words = "sesame-key-81 upload_id=abc " + std::string(5000, 'x');
  const Failure failure = failure_of(reply(400, error_json(400, "INVALID_ARGUMENT", long_words)), About::nothing);
  CHECK(failure.message.size() <= 1000);
  CHECK(failure.message.find("sesame") == std::string::npos);
  CHECK(failure.message.find("upload_id=abc") == std::string::npos);
}

// ---- the 429 family -----------------------------------------------------------------------------------------------

TEST_CASE("a 429 without marks is of unknown kind and keeps the service's words") {
  for (const std::string& details : {std::string(), kHelp}) {
    const Refusal refusal = refused(details, "Resource has been exhausted (e.g. check quota).");
    CHECK(refusal.kind == PauseKind::unknown);
    CHECK_FALSE(refusal.quota_id.has_value());
    CHECK_FALSE(refusal.retry_after.has_value());
    CHECK(refusal.message == "Resource has been exhausted (e.g. check quota).");
  }
}

TEST_CASE("a 429 is of the kind that its violation shows") {
  const auto kind = [](const std::string& one) { return refused(quota_failure(one)).kind; };
  CHECK(kind(violation("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")) == PauseKind::minute);
  CHECK(kind(violation("GenerateRequestsPerDayPerProjectPerModel-PaidTier3")) == PauseKind::day);
  CHECK(kind(violation("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "0")) == PauseKind::zero);
  CHECK(kind(violation("FileStorageBytesPerProject", "21474836480", "x/file_storage_bytes")) == PauseKind::storage);
  CHECK(kind(violation("BatchEnqueuedTokensPerProjectPerModel")) == PauseKind::stock);
  CHECK(kind(violation("ConcurrentJobs")) == PauseKind::jobs);
  CHECK(kind(violation("BatchActiveJobsPerProject")) == PauseKind::jobs);
  CHECK(kind(violation("ConcurrentRequests")) == PauseKind::stock);
  CHECK(kind(violation("SomethingNew")) == PauseKind::unknown);
  CHECK(kind(violation("", "5", "x/requests_per_day")) == PauseKind::day);
}

TEST_CASE("of several violations the slowest counts") {
  const std::string minute = violation("RequestsPerMinute"), day = violation("RequestsPerDay");
  for (const std::string& both : {minute + "," + day, day + "," + minute}) {
    const Refusal refusal = refused(quota_failure(both));
    CHECK(refusal.kind == PauseKind::day);
    CHECK(refusal.quota_id == "RequestsPerDay");
  }
  CHECK(refused(quota_failure(minute) + "," + quota_failure(violation("BatchTokens"))).kind == PauseKind::stock);
  CHECK(refused(quota_failure(violation("RequestsPerMinute", "0") + "," + day)).kind == PauseKind::zero);
}

TEST_CASE("a 429 is of the kind that its words show when there are no details") {
  CHECK(refused("", "Quota exceeded for metric: x, limit: 0").kind == PauseKind::zero);
  CHECK(refused("", "Quota exceeded for metric: x, limit: 0, model: y").kind == PauseKind::zero);
  CHECK(refused("", "Quota exceeded for metric: x, limit: 05").kind == PauseKind::unknown);
  CHECK(refused("", "Quota exceeded for metric: x/file_storage_bytes, limit: 21474836480").kind == PauseKind::storage);
  CHECK(refused("", "Your project reached its spend limit").kind == PauseKind::spend);
}

TEST_CASE("a retry hint is the longest of those given, in any form") {
  CHECK(refused(retry_info("28s")).retry_after == seconds{28});
  CHECK(refused(retry_info("2.5s")).retry_after == milliseconds{2500});
  CHECK(refused(retry_info("28.123456789s")).retry_after == milliseconds{28'123});
  CHECK(refused(retry_info("9223372036854775807s")).retry_after == Duration::max());
  CHECK(refused(retry_info("5s") + "," + retry_info("7s")).retry_after == seconds{7});
  CHECK(refused("", "m", {{"retry-after", "120"}}).retry_after == seconds{120});
  CHECK(refused(retry_info("28s"), "m", {{"retry-after", "10"}}).retry_after == seconds{28});
  CHECK(refused("", "m", {{"retry-after", "99999999999999999999"}}).retry_after == Duration::max());
  CHECK(refused("", "m", {{"retry-after", "Sun, 22 Nov 2026 10:16:00 GMT"}, {"date", "Sun, 22 Nov 2026 10:15:30 GMT"}})
            .retry_after == seconds{30});
  CHECK_FALSE(refused("", "m", {{"retry-after", "soon"}}).retry_after.has_value());
}

TEST_CASE("a 503 may say when to come back") {
  CHECK(failure_of(reply(503, "", {{"retry-after", "7"}}), About::job).retry_after == seconds{7});
}
