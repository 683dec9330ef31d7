#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sandbox/hashing.hpp"
#include "sandbox/input_scan.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kBatchesPageDefault = 50;
constexpr std::string_view kBatchMembers[] = {"displayName",  "display_name", "model",         "inputConfig",
                                              "input_config", "priority",     "webhookConfig", "webhook_config",
                                              "name",         "state",        "createTime",    "updateTime",
                                              "endTime",      "batchStats",   "output"};

bool is_known_model(const Options& options, const std::string& model) {
  if (options.models.empty()) return model.compare(0, 7, "unknown") != 0;
  return std::find(options.models.begin(), options.models.end(), model) != options.models.end();
}

Answer unknown_name(const std::string& name, const char* where) {
  return error_answer(
      400, fmt::format("Invalid JSON payload received. Unknown name \"{}\"{}: Cannot find field.", name, where));
}

/// What the create call says; nullopt with the refusal when it says it wrong.
std::optional<Job> job_of(const nlohmann::json& body, const std::string& model, Answer& refusal) {
  for (const auto& [name, value] : body.items()) {
    if (name != "batch") return refusal = unknown_name(name, ""), std::nullopt;
  }
  const auto& batch = member(body, "batch", "batch");
  if (!batch.is_object())
    return refusal = error_answer(400, "* BatchGenerateContentRequest.batch: required.\n"), std::nullopt;
  for (const auto& [name, value] : batch.items()) {
    if (std::find(std::begin(kBatchMembers), std::end(kBatchMembers), name) == std::end(kBatchMembers)) {
      return refusal = unknown_name(name, " at 'batch'"), std::nullopt;
    }
  }
  Job job;
  job.model = model;
  job.display_name = text_member(batch, "displayName", "display_name");
  const auto& input = member(batch, "inputConfig", "input_config");
  job.file_name = text_member(input, "fileName", "file_name");
  const std::string named_model = text_member(batch, "model", "model");
  if (job.display_name.empty()) {
    refusal = error_answer(400, "* BatchGenerateContentRequest.batch.display_name: display name must not be empty.\n");
  } else if (!named_model.empty() && named_model != "models/" + model) {
    refusal = error_answer(400, "* BatchGenerateContentRequest.batch.model: differs from the model of the URL.\n");
  } else if (job.file_name.empty()) {
    refusal = error_answer(400,
                           "* BatchGenerateContentRequest.batch.input_config.file_name: the sandbox takes its input "
                           "from files only.\n");
  } else {
    return job;
  }
  return std::nullopt;
}

/// The median within a quarter, by the job's own hash.
Duration own_time(Duration median, std::uint64_t hash) { return scaled(median, 0.75 + 0.5 * share_of(hash)); }

}  // namespace

Answer Service::create(Request& request, const std::string& project, const std::string& model) {
  Answer refusal;
  const auto body = read_json(request, refusal);
  if (!body) return refusal;
  if (!is_known_model(options_, model)) return no_such_model(model);
  auto job = job_of(*body, model, refusal);
  if (!job) return refusal;
  job->project = project;

  std::string scratch;
  {
    const std::lock_guard lock(mutex_);
    job->shares = {options_.seed, options_.scenario.rows.error, options_.scenario.rows.missing};
    const std::string id = job->file_name.compare(0, 6, "files/") == 0 ? job->file_name.substr(6) : job->file_name;
    const StoredFile* file = state_.find_file(project, id, now());
    if (file == nullptr) return no_access_to_file(id);
    if (state_of(*file, now()) != FileState::active) return file_not_active(id);
    scratch = state_.scratch_path();
    std::filesystem::create_hard_link(state_.upload_path(file->upload_id), scratch);
  }
  Answer answer = created(std::move(*job), scratch);
  std::error_code gone_already;  // a job that was made has taken it
  std::filesystem::remove(scratch, gone_already);
  return answer;
}

Answer Service::created(Job job, const std::string& scratch) {
  const InputScan scan = scan_input(scratch, job.shares, job.display_name);
  if (!scan.refusal.empty()) return error_answer(400, scan.refusal);
  if (scan.records == 0) return error_answer(400, "The input file holds no requests.");
  job.requests = scan.records;
  job.failed = scan.failed;
  job.tokens = scan.tokens;

  const std::lock_guard lock(mutex_);
  if (auto refusal = over_cap(job)) return *refusal;
  job.created = now();
  const std::uint64_t hash = hash_on(hash_on(mixed(options_.seed), job.display_name), job.file_name);
  job.starts = job.created + own_time(options_.scenario.jobs.pending, hash_on(hash, "pending"));
  job.ends = job.starts + own_time(options_.scenario.jobs.running, hash_on(hash, "running"));
  return json_answer(operation_of(state_.add_job(std::move(job), scan.keys, scratch, now()), now()));
}

std::optional<Answer> Service::over_cap(const Job& job) {
  const auto breach = breach_of(options_.scenario, options_.printed_tokens, state_.usage, job, now());
  if (!breach) return std::nullopt;
  return refused(*breach);
}

Answer Service::refused(const Breach& breach) {
  ++state_.ledger.refusals_by_limit[spelled(breach.rule.limit)];
  return quota_refusal(breach.rule.form, breach.notice);
}

Answer Service::get_batch(const std::string& project, const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const Job* job = state_.find_job(project, id);
  return job == nullptr ? no_such_batch() : json_answer(operation_of(*job, now()));
}

Answer Service::list_batches(const Request& request, const std::string& project) const {
  const std::lock_guard lock(mutex_);
  const auto page = page_of(request, kBatchesPageDefault, options_.scenario.lists.page);
  if (!page) return error_answer(400, "Request contains an invalid argument.");
  auto jobs = state_.list_jobs(project, page->below, page->limit + 1);
  nlohmann::ordered_json body = nlohmann::ordered_json::object();
  const bool has_more = jobs.size() > page->limit;
  if (has_more) jobs.pop_back();
  for (const Job* job : jobs) body["operations"].push_back(operation_of(*job, now()));
  if (has_more) body["nextPageToken"] = page_token(jobs.back()->serial);
  return json_answer(body);
}

Answer Service::cancel_batch(const std::string& project, const std::string& id) {
  const std::lock_guard lock(mutex_);
  const Job* job = state_.find_job(project, id);
  if (job == nullptr) return no_such_batch();
  const JobState state = view_of(*job, now()).state;
  if (is_active(state)) {
    state_.cancel_job(id, now());
  } else if (state != JobState::cancelled) {
    return error_answer(400, "The batch has already ended.");
  }
  return json_answer(nlohmann::ordered_json::object());
}

Answer Service::delete_batch(const std::string& project, const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (state_.find_job(project, id) == nullptr) return no_such_batch();
  state_.remove_job(id, now());
  return json_answer(nlohmann::ordered_json::object());
}

}  // namespace batchctl::sandbox
