#include "sandbox/jobs.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/hashing.hpp"

namespace batchctl::sandbox {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kTypePrefix = "type.googleapis.com/google.ai.generativelanguage.v1main.";

const char* wire_name(JobState state) {
  switch (state) {
    case JobState::pending:
      return "BATCH_STATE_PENDING";
    case JobState::running:
      return "BATCH_STATE_RUNNING";
    case JobState::succeeded:
      return "BATCH_STATE_SUCCEEDED";
    case JobState::cancelled:
      return "BATCH_STATE_CANCELLED";
    case JobState::expired:
      return "BATCH_STATE_EXPIRED";
  }
  throw Bug("job state");
}

Json stats_of(const Job& job, JobState state) {
  Json stats = {{"requestCount", std::to_string(job.requests)}};
  const auto count = [&stats](const char* name, std::uint64_t value) {
    if (value > 0) stats[name] = std::to_string(value);
  };
  if (state == JobState::succeeded) {
    count("successfulRequestCount", job.requests - job.failed);
    count("failedRequestCount", job.failed);
  } else {
    count("pendingRequestCount", job.requests);
  }
  return stats;
}

}  // namespace

JobView view_of(const Job& job, Instant now) {
  const Instant expires = job.created + kJobLife;
  const Instant ends = std::min(job.ends, expires);
  if (job.cancelled && *job.cancelled < ends) return {JobState::cancelled, *job.cancelled, job.cancelled};
  if (now >= ends) return {job.ends <= expires ? JobState::succeeded : JobState::expired, ends, ends};
  if (now >= job.starts) return {JobState::running, job.starts, std::nullopt};
  return {JobState::pending, job.created, std::nullopt};
}

bool is_active(JobState state) { return state == JobState::pending || state == JobState::running; }

Json operation_of(const Job& job, Instant now) {
  const JobView view = view_of(job, now);
  const std::uint64_t salt = hash_on(job.shares.seed, job.id);
  const std::string name = "batches/" + job.id;
  const Json output = {{"responsesFile", "files/batch-" + job.id}};
  const bool succeeded = view.state == JobState::succeeded;

  Json metadata = {{"@type", std::string(kTypePrefix) + "GenerateContentBatch"},
                   {"model", "models/" + job.model},
                   {"displayName", job.display_name},
                   {"inputConfig", {{"fileName", job.file_name}}}};
  if (succeeded) metadata["output"] = output;
  metadata["createTime"] = to_rfc3339_ns(job.created, salt);
  if (view.ended) metadata["endTime"] = to_rfc3339_ns(*view.ended, salt);
  metadata["updateTime"] = to_rfc3339_ns(view.updated, salt);
  metadata["batchStats"] = stats_of(job, view.state);
  metadata["state"] = wire_name(view.state);
  metadata["name"] = name;

  Json operation = {{"name", name}, {"metadata", metadata}};
  if (view.ended) operation["done"] = true;
  if (succeeded) {
    operation["response"] = {{"@type", std::string(kTypePrefix) + "GenerateContentBatchOutput"},
                             {"responsesFile", output["responsesFile"]}};
  } else if (view.state == JobState::cancelled) {
    operation["error"] = {{"code", 13}, {"message", fmt::format("Batch {} failed without error.", job.id)}};
  } else if (view.state == JobState::expired) {
    operation["error"] = {{"code", 4}, {"message", "The batch expired before it finished."}};
  }
  return operation;
}

nlohmann::json to_journal(const Job& job) {
  return {{"event", "job"},
          {"id", job.id},
          {"serial", job.serial},
          {"project", job.project},
          {"model", job.model},
          {"display_name", job.display_name},
          {"file_name", job.file_name},
          {"created", to_unix_ms(job.created)},
          {"starts", to_unix_ms(job.starts)},
          {"ends", to_unix_ms(job.ends)},
          {"requests", job.requests},
          {"failed", job.failed},
          {"tokens", job.tokens},
          {"seed", job.shares.seed},
          {"error_rate", job.shares.error_rate},
          {"missing_rate", job.shares.missing_rate}};
}

Job job_from_journal(const nlohmann::json& entry) {
  Job job;
  entry.at("id").get_to(job.id);
  entry.at("serial").get_to(job.serial);
  entry.at("project").get_to(job.project);
  entry.at("model").get_to(job.model);
  entry.at("display_name").get_to(job.display_name);
  entry.at("file_name").get_to(job.file_name);
  job.created = from_unix_ms(entry.at("created"));
  job.starts = from_unix_ms(entry.at("starts"));
  job.ends = from_unix_ms(entry.at("ends"));
  entry.at("requests").get_to(job.requests);
  entry.at("failed").get_to(job.failed);
  entry.at("tokens").get_to(job.tokens);
  entry.at("seed").get_to(job.shares.seed);
  entry.at("error_rate").get_to(job.shares.error_rate);
  entry.at("missing_rate").get_to(job.shares.missing_rate);
  return job;
}

}  // namespace batchctl::sandbox
