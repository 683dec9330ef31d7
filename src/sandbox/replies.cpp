#include "sandbox/replies.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.hpp"

namespace batchctl::sandbox {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kQuotaMessage =
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "head to: https://ai.google.dev/gemini-api/docs/rate-limits.";
constexpr const char* kMetricPrefix = "generativelanguage.googleapis.com/";
constexpr std::uint64_t kStorageBytes = 21474836480;  // python-genai issue 1172

const char* status_word(int status) {
  switch (status) {
    case 400:
      return "INVALID_ARGUMENT";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 409:
      return "ALREADY_EXISTS";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 503:
      return "UNAVAILABLE";
    default:
      return "INTERNAL";
  }
}

Answer error_with_status(int status, const char* word, const std::string& message, const Json& details = {}) {
  Json error = {{"code", status}, {"message", message}, {"status", word}};
  if (!details.empty()) error["details"] = details;
  Answer answer = json_answer({{"error", error}});
  answer.status = status;
  return answer;
}

Answer error_with_details(int status, const std::string& message, const Json& details) {
  return error_with_status(status, status_word(status), message, details);
}

Json help_detail() {
  return {{"@type", "type.googleapis.com/google.rpc.Help"},
          {"links", Json::array({{{"description", "Learn more about Gemini API quotas"},
                                  {"url", "https://ai.google.dev/gemini-api/docs/rate-limits"}}})}};
}

Json retry_detail(const std::string& delay) {
  return {{"@type", "type.googleapis.com/google.rpc.RetryInfo"}, {"retryDelay", delay}};
}

Json failure_detail(const Json& violation) {
  return {{"@type", "type.googleapis.com/google.rpc.QuotaFailure"}, {"violations", Json::array({violation})}};
}

/// gemini-cli issue 3180.
const QuotaNotice kReportedNotice = {.metric = "generate_content_free_tier_requests",
                                     .id = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
                                     .model = "gemini-2.5-pro",
                                     .most = 5,
                                     .retry_after = seconds{28}};

Answer detailed_refusal(const QuotaNotice& about) {
  Json violation = {{"quotaMetric", kMetricPrefix + about.metric}, {"quotaId", about.id}};
  if (!about.model.empty()) violation["quotaDimensions"] = {{"location", "global"}, {"model", about.model}};
  violation["quotaValue"] = std::to_string(about.most);
  const auto delay = std::chrono::ceil<seconds>(about.retry_after);
  return error_with_details(
      429, kQuotaMessage,
      Json::array({failure_detail(violation), help_detail(), retry_detail(fmt::format("{}s", delay.count()))}));
}

/// python-genai issue 1172; the delay is INT64_MAX seconds and means never.
Answer storage_refusal(std::uint64_t limit_bytes) {
  const std::string metric = std::string(kMetricPrefix) + "file_storage_bytes";
  return error_with_details(
      429, fmt::format("{}\n* Quota exceeded for metric: {}, limit: {}", kQuotaMessage, metric, limit_bytes),
      Json::array({failure_detail({{"quotaMetric", metric},
                                   {"quotaId", "FileStorageBytesPerProject"},
                                   {"quotaValue", std::to_string(limit_bytes)}}),
                   help_detail(), retry_detail("9223372036854775807s")}));
}

}  // namespace

Answer json_answer(const Json& body) {
  Answer answer;
  answer.body = body.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return answer;
}

Answer text_answer(std::string json) {
  Answer answer;
  answer.body = std::move(json);
  answer.body += '\n';
  return answer;
}

Answer error_answer(int status, const std::string& message) { return error_with_details(status, message, {}); }

Answer cut_connection() {
  Answer answer;
  answer.ending = Ending::close;
  return answer;
}

Answer bad_key() {
  return error_with_details(400, "API key not valid. Please pass a valid API key.",
                            Json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                          {"reason", "API_KEY_INVALID"},
                                          {"domain", "googleapis.com"},
                                          {"metadata", {{"service", "generativelanguage.googleapis.com"}}}}}));
}

Answer no_key() {
  return error_answer(
      403,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API "
      "Key or other form of API consumer identity to call this API.");
}

Answer no_such_method() { return error_answer(404, "Requested entity was not found."); }

Answer no_access_to_file(const std::string& id) {
  return error_answer(403, fmt::format("You do not have permission to access the File {} or it may not exist.", id));
}

Answer file_id_too_long(const std::string& member) {
  return error_answer(
      400, fmt::format("* {}: File ID (name excluding 'files/') cannot be more than 40 characters.\n", member));
}

Answer file_name_charset() {
  return error_answer(400,
                      "* CreateFileRequest.file.name: File name may only contain lowercase alphanumeric characters or "
                      "dashes (-) and cannot begin or end with a dash.\n");
}

Answer file_name_taken() { return error_answer(409, "Requested entity already exists"); }

Answer file_name_in_use(const std::string& id) {
  return error_answer(400, fmt::format("* CreateFileRequest.file.name: File {} already exists.\n", id));
}

Answer file_too_large() { return error_answer(400, "The file is larger than the limit of 2147483648 bytes."); }

Answer file_not_active(const std::string& id) {
  // generateContent says so; what a batch says is our guess.
  return error_with_status(400, "FAILED_PRECONDITION",
                           fmt::format("The File {} is not in an ACTIVE state and usage is not allowed.", id));
}

Answer file_without_bytes() {
  return error_answer(400, "* CreateFileRequest.file: bytes are required; send them to /upload/v1beta/files.\n");
}

Answer no_such_batch() { return error_answer(404, "Requested entity was not found."); }

Answer no_such_model(const std::string& model) {
  return error_answer(404,
                      fmt::format("This model models/{} is no longer available to new users. Please update your code "
                                  "to use models/gemini-3.5-flash-lite",
                                  model));
}

Answer quota_refusal(QuotaForm form, const std::optional<QuotaNotice>& about) {
  switch (form) {
    case QuotaForm::bare:
      return error_answer(429, kQuotaMessage);
    case QuotaForm::resource:
      return error_answer(429, "Resource has been exhausted (e.g. check quota).");
    case QuotaForm::help:  // langchain4j pull request 3942
      return error_with_details(
          429, std::string(kQuotaMessage) + " To monitor your current usage, head to: https://ai.dev/rate-limit. ",
          Json::array({help_detail()}));
    case QuotaForm::details:
      return detailed_refusal(about.value_or(kReportedNotice));
    case QuotaForm::storage:
      return storage_refusal(about ? about->most : kStorageBytes);
    case QuotaForm::spend:  // the page tells of the limit, no report shows its words (rate-limits page, 2026-08-18)
      return error_answer(429,
                          "Your project has exceeded its spend limit per rolling 10 minutes. Please try again later. "
                          "For more information on this error, head to: "
                          "https://ai.google.dev/gemini-api/docs/rate-limits.");
  }
  throw Bug("quota form");
}

}  // namespace batchctl::sandbox
