// The bodies of the service's answers that are the same wherever they occur.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/faults.hpp"

namespace batchctl::sandbox {

Answer json_answer(const nlohmann::ordered_json& body);
/// The same when the JSON is text already.
Answer text_answer(std::string json);
/// The error envelope; the status word follows from the HTTP status.
Answer error_answer(int status, const std::string& message);

Answer cut_connection();  // no answer at all

Answer bad_key();
Answer no_key();
Answer no_such_method();
Answer no_access_to_file(const std::string& id);     // missing, expired, deleted and foreign look the same
Answer file_id_too_long(const std::string& member);  // member: `GetFileRequest.name`
Answer file_name_charset();
Answer file_name_taken();
Answer file_name_in_use(const std::string& id);  // the same said with a 400; no report shows either
Answer file_too_large();
Answer file_not_active(const std::string& id);  // create with a file that is PROCESSING or FAILED
Answer file_without_bytes();
Answer no_such_batch();
Answer no_such_model(const std::string& model);

/// The quota that a 429 names where its form names one.
struct QuotaNotice {
  std::string metric;  // after `generativelanguage.googleapis.com/`
  std::string id;      // `…PerDayPerProjectPerModel`
  std::string model;   // empty = the quota is not of one model
  std::uint64_t most = 0;
  Duration retry_after{};
};

/// A 429 in one of the forms that users have reported. Only `details` and `storage` say which quota; without a notice
/// they say what the reports did.
Answer quota_refusal(QuotaForm form, const std::optional<QuotaNotice>& about = {});

}  // namespace batchctl::sandbox
