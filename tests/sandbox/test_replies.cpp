#include "sandbox/replies.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace batchctl::sandbox {
namespace {

using Json = nlohmann::json;

constexpr const char* kQuotaMessage =
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "head to: https://ai.google.dev/gemini-api/docs/rate-limits.";

Json error_of(const Answer& answer) {
  CHECK(answer.status == 429);
  const Json error = Json::parse(answer.body)["error"];
  CHECK(error["code"] == 429);
  CHECK(error["status"] == "RESOURCE_EXHAUSTED");
  return error;
}

}  // namespace

TEST_CASE("the bare forms of a 429 say nothing but their sentence") {
  CHECK(error_of(quota_refusal(QuotaForm::bare))["message"] == kQuotaMessage);
  CHECK(error_of(quota_refusal(QuotaForm::resource))["message"] == "Resource has been exhausted (e.g. check quota).");
  const std::string spend = error_of(quota_refusal(QuotaForm::spend))["message"];
  CHECK(spend.find("spend limit per rolling 10 minutes") != std::string::npos);
  for (const QuotaForm form : {QuotaForm::bare, QuotaForm::resource, QuotaForm::spend}) {
    CHECK_FALSE(error_of(quota_refusal(form)).contains("details"));
  }
}

TEST_CASE("a 429 of the form help links to a page and names no quota") {
  const Json error = error_of(quota_refusal(QuotaForm::help, QuotaNotice{"m", "i", "gemini-x", 7, seconds{1}}));
  CHECK(error["details"] == Json::parse(R"([{"@type": "type.googleapis.com/google.rpc.Help", "links": [
    {"description": "Learn more about Gemini API quotas",
     "url": "https://ai.google.dev/gemini-api/docs/rate-limits"}]}])"));
}

TEST_CASE("a 429 of the form details names the quota, its model and when to come again") {
  const Json details = error_of(quota_refusal(
      QuotaForm::details, QuotaNotice{"batch_tokens", "TokensPerDay", "gemini-x", 7, milliseconds{1001}}))["details"];
  CHECK(details[0]["@type"] == "type.googleapis.com/google.rpc.QuotaFailure");
  CHECK(details[0]["violations"][0] == Json::parse(R"({
    "quotaMetric": "generativelanguage.googleapis.com/batch_tokens", "quotaId": "TokensPerDay",
    "quotaDimensions": {"location": "global", "model": "gemini-x"}, "quotaValue": "7"})"));
  CHECK(details[1]["@type"] == "type.googleapis.com/google.rpc.Help");
  CHECK(details[2] == Json{{"@type", "type.googleapis.com/google.rpc.RetryInfo"}, {"retryDelay", "2s"}});

  const Json of_project = error_of(quota_refusal(QuotaForm::details, QuotaNotice{"m", "i", "", 7, seconds{1}}));
  CHECK_FALSE(of_project["details"][0]["violations"][0].contains("quotaDimensions"));
}

TEST_CASE("a 429 of the form details without a quota to name shows the one of the reports") {
  const Json details = error_of(quota_refusal(QuotaForm::details))["details"];
  CHECK(details[0]["violations"][0]["quotaId"] == "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
  CHECK(details[2]["retryDelay"] == "28s");
}

TEST_CASE("a 429 of the form storage carries the limit and a delay of INT64_MAX seconds") {
  const Json error = error_of(quota_refusal(QuotaForm::storage));
  CHECK(error["message"] == std::string(kQuotaMessage) +
                                "\n* Quota exceeded for metric: generativelanguage.googleapis.com/file_storage_bytes, "
                                "limit: 21474836480");
  CHECK(error["details"][0]["violations"][0]["quotaId"] == "FileStorageBytesPerProject");
  CHECK(error["details"][0]["violations"][0]["quotaValue"] == "21474836480");
  CHECK(error["details"][2]["retryDelay"] == "9223372036854775807s");
}

}  // namespace batchctl::sandbox
