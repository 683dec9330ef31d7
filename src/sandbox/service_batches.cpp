#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sandbox/create_body.hpp"
#include "sandbox/hashing.hpp"
#include "sandbox/input_scan.hpp"
#include "sandbox/json_text.hpp"
#include "sandbox/output_rows.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"

namespace batchctl::sandbox {
namespace {

using CancelEnd = JobRules::CancelEnd;

constexpr std::size_t kBatchesPageDefault = 50;

/// Any length up to what was asked for, but not two empty pages in a row.
std::size_t short_limit(const Page& page, std::uint64_t seed) {
  const std::size_t least = page.follows_empty ? 1 : 0;
  return least + mixed(mixed(seed) + page.below) % (page.limit + 1 - least);
}

std::string operations_json(const std::vector<const Job*>& jobs, Instant now) {
  std::string list = "[";
  for (const Job* job : jobs) {
    if (list.size() > 1) list += ',';
    list += operation_json(*job, now);
  }
  return list + ']';
}

/// What a fault order asks of the job that is made.
void obey(Job& job, FaultAction order) {
  if (order == FaultAction::job_fails) job.fate = JobFate::fails;
  if (order == FaultAction::job_expires) job.fate = JobFate::expires;
  if (order == FaultAction::output_gone) job.output_gone = true;
  if (order == FaultAction::job_rows_fail) {
    const int code = job.rows.rules.code;
    job.rows.rules = {};
    job.rows.rules.error = 1;
    job.rows.rules.code = code;
  }
}

}  // namespace

bool Service::is_known_model(const std::string& model) const {
  if (options_.models.empty()) return model.compare(0, 7, "unknown") != 0;
  return std::find(options_.models.begin(), options_.models.end(), model) != options_.models.end();
}

Answer Service::create(Request& request, const std::string& project, const std::string& model, JobKind kind) {
  Answer refusal;
  const auto body = read_json(request, refusal);
  if (!body) return refusal;
  if (!is_known_model(model)) return no_such_model(model);
  auto call = read_create(*body, model, kind, refusal);
  if (!call) return refusal;
  Job& job = call->job;
  job.project = project;

  std::string scratch;
  {
    const std::lock_guard lock(mutex_);
    job.rows = {options_.seed, salt_of(options_.seed, job.display_name), options_.scenario.rows};
    if (request.fault) obey(job, *request.fault);
    scratch = state_.scratch_path();
    if (!is_inline(job)) {
      const std::string id = job.file_name.compare(0, 6, "files/") == 0 ? job.file_name.substr(6) : job.file_name;
      const StoredFile* file = state_.find_file(project, id, now());
      if (file == nullptr) return no_access_to_file(id);
      if (state_of(*file, now()) != FileState::active) return file_not_active(id);
      std::filesystem::create_hard_link(state_.upload_path(file->upload_id), scratch);
    }
  }
  if (is_inline(job)) write_requests(call->requests, scratch);
  Answer answer = created(std::move(job), scratch, request.fault);
  std::error_code gone_already;  // a job that was made has taken it
  std::filesystem::remove(scratch, gone_already);
  return answer;
}

Answer Service::created(Job job, const std::string& scratch, std::optional<FaultAction> order) {
  const InputScan scan = scan_input(scratch, job);
  if (!scan.refusal.empty()) return error_answer(400, scan.refusal);
  if (scan.records == 0) return error_answer(400, "The input file holds no requests.");
  job.requests = scan.records;
  job.failed = scan.failed;
  job.tokens = scan.tokens;

  const std::lock_guard lock(mutex_);
  if (auto refusal = over_cap(job)) return *refusal;
  decide(job, options_.scenario.jobs, hash_on(job.rows.salt, job.file_name), now());
  if (order) obey(job, *order);
  return text_answer(operation_json(state_.add_job(std::move(job), scan.keys, scratch, now()), now()));
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

Answer Service::get_batch(const std::string& project, const std::string& id) {
  Job job;
  {
    const std::lock_guard lock(mutex_);
    const Job* found = state_.find_job(project, id);
    if (found == nullptr) return no_such_batch();
    job = *found;
  }
  const Instant at = now();
  if (!is_inline(job) || !view_of(job, at).names_output) return text_answer(operation_json(job, at));
  const auto output = output_path_of(project, id);
  return text_answer(operation_json(job, at, output ? list_of_rows(*output) : ""));
}

Answer Service::list_batches(const Request& request, const std::string& project) const {
  const std::lock_guard lock(mutex_);
  const ListRules& rules = options_.scenario.lists;
  const auto page = page_of(request, kBatchesPageDefault, rules.page);
  if (!page) return error_answer(400, "Request contains an invalid argument.");
  const std::size_t limit = rules.is_short ? short_limit(*page, options_.seed) : page->limit;
  auto jobs = state_.list_jobs(project, page->below, limit + 1, now());
  const bool has_more = jobs.size() > limit;
  if (has_more) jobs.pop_back();
  JsonText body;
  body.open();
  if (!jobs.empty()) body.raw("operations", operations_json(jobs, now()));
  if (has_more) body.text("nextPageToken", jobs.empty() ? token_after_empty(*page) : page_token(jobs.back()->serial));
  body.close();
  return text_answer(body.take());
}

Answer Service::cancel_batch(const std::string& project, const std::string& id) {
  Job job;
  std::string input;
  Cancel cancel;
  {
    const std::lock_guard lock(mutex_);
    const Job* found = state_.find_job(project, id);
    if (found == nullptr) return no_such_batch();
    if (found->cancelled) return json_answer(nlohmann::ordered_json::object());
    cancel.at = now();
    const JobState state = view_of(*found, cancel.at).state;
    if (!is_active(state)) return error_answer(400, "The batch has already ended.");
    if (state == JobState::running) cancel.end = options_.scenario.jobs.cancel;
    job = *found;
    input = state_.input_path(id);
  }
  if (cancel.end != CancelEnd::cancelled) {
    cancel.served = static_cast<std::uint64_t>(progress_of(job, cancel.at) * static_cast<double>(job.requests));
    job.cancelled = cancel;
    cancel.failed = count_failed(input, job);
  }
  const std::lock_guard lock(mutex_);
  const Job* found = state_.find_job(project, id);
  if (found == nullptr) return no_such_batch();
  if (!found->cancelled) state_.cancel_job(id, cancel);
  return json_answer(nlohmann::ordered_json::object());
}

Answer Service::delete_batch(const std::string& project, const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (state_.find_job(project, id) == nullptr) return no_such_batch();
  state_.remove_job(id, now());
  return json_answer(nlohmann::ordered_json::object());
}

}  // namespace batchctl::sandbox
