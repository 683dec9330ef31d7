// The body of a create call: what it says of the job, judged as the service does.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sandbox/exchange.hpp"
#include "sandbox/jobs.hpp"

namespace batchctl::sandbox {

struct CreateBody {
  Job job;                  // kind, model, display name, file name and priority
  nlohmann::json requests;  // the inline requests; null when the input is a file
};

/// nullopt with the refusal in `refusal` when the call says it wrong.
std::optional<CreateBody> read_create(const nlohmann::json& body, const std::string& model, JobKind kind,
                                      Answer& refusal);

/// Writes inline requests as lines, `{"request": …, "metadata": …}`, to a new file.
void write_requests(const nlohmann::json& requests, const std::string& path);

/// An int64, also as a string; nullopt when it is neither.
std::optional<std::int64_t> int64_of(const nlohmann::json& value);

Answer unknown_name(const std::string& name, const std::string& where);

}  // namespace batchctl::sandbox
