// The bodies of the service's answers that are the same wherever they occur.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sandbox/exchange.hpp"

namespace batchctl::sandbox {

Answer json_answer(const nlohmann::ordered_json& body);
/// The error envelope; the status word follows from the HTTP status.
Answer error_answer(int status, const std::string& message);

Answer bad_key();
Answer no_key();
Answer no_such_method();
Answer no_access_to_file(const std::string& id);     // missing, expired, deleted and foreign look the same
Answer file_id_too_long(const std::string& member);  // member: `GetFileRequest.name`
Answer file_name_charset();
Answer file_name_taken();
Answer no_such_batch();
Answer no_such_model(const std::string& model);
Answer over_quota();  // batch create: too many jobs or tokens; carries no details
Answer file_storage_full(std::uint64_t limit_bytes);

}  // namespace batchctl::sandbox
