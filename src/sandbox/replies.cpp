#include "sandbox/replies.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace batchctl::sandbox {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kQuotaMessage =
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "head to: https://ai.google.dev/gemini-api/docs/rate-limits.";

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

Answer error_with_details(int status, const std::string& message, const Json& details) {
  Json error = {{"code", status}, {"message", message}, {"status", status_word(status)}};
  if (!details.empty()) error["details"] = details;
  Answer answer = json_answer({{"error", error}});
  answer.status = status;
  return answer;
}

}  // namespace

Answer json_answer(const Json& body) {
  Answer answer;
  answer.body = body.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return answer;
}

Answer error_answer(int status, const std::string& message) { return error_with_details(status, message, {}); }

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

Answer no_such_batch() { return error_answer(404, "Requested entity was not found."); }

Answer no_such_model(const std::string& model) {
  return error_answer(404,
                      fmt::format("This model models/{} is no longer available to new users. Please update your code "
                                  "to use models/gemini-3.5-flash-lite",
                                  model));
}

Answer over_quota() { return error_answer(429, kQuotaMessage); }

Answer file_storage_full(std::uint64_t limit_bytes) {
  const std::string metric = "generativelanguage.googleapis.com/file_storage_bytes";
  return error_with_details(
      429, fmt::format("{}\n* Quota exceeded for metric: {}, limit: {}", kQuotaMessage, metric, limit_bytes),
      Json::array({{{"@type", "type.googleapis.com/google.rpc.QuotaFailure"},
                    {"violations", Json::array({{{"quotaMetric", metric},
                                                 {"quotaId", "FileStorageBytesPerProject"},
                                                 {"quotaValue", std::to_string(limit_bytes)}}})}},
                   {{"@type", "type.googleapis.com/google.rpc.Help"},
                    {"links", Json::array({{{"description", "Learn more about Gemini API quotas"},
                                            {"url", "https://ai.google.dev/gemini-api/docs/rate-limits"}}})}},
                   {{"@type", "type.googleapis.com/google.rpc.RetryInfo"}, {"retryDelay", "9223372036854775807s"}}}));
}

}  // namespace batchctl::sandbox
