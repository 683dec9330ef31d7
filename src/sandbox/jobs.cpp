#include "sandbox/jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/hashing.hpp"
#include "sandbox/json_text.hpp"

namespace batchctl::sandbox {
namespace {

using CancelEnd = JobRules::CancelEnd;

constexpr const char* kTypePrefix = "type.googleapis.com/google.ai.generativelanguage.v1main.";

const char* wire_name(JobState state) {
  switch (state) {
    case JobState::pending:
      return "BATCH_STATE_PENDING";
    case JobState::running:
      return "BATCH_STATE_RUNNING";
    case JobState::succeeded:
      return "BATCH_STATE_SUCCEEDED";
    case JobState::failed:
      return "BATCH_STATE_FAILED";
    case JobState::cancelled:
      return "BATCH_STATE_CANCELLED";
    case JobState::expired:
      return "BATCH_STATE_EXPIRED";
  }
  throw Bug("job state");
}

const char* type_name(JobKind kind) { return kind == JobKind::embed ? "EmbedContentBatch" : "GenerateContentBatch"; }

void put_stats(JsonText& json, const Job& job, const JobView& view) {
  const auto count = [&json](const char* name, std::uint64_t value) {
    if (value > 0) json.text(name, std::to_string(value));
  };
  json.open("batchStats");
  count("requestCount", job.requests);
  if (view.has_output) {
    const std::uint64_t failed = job.cancelled ? job.cancelled->failed : job.failed;
    count("successfulRequestCount", job.requests - failed);
    count("failedRequestCount", failed);
  } else {
    count("pendingRequestCount", job.requests);
  }
  json.close();
}

/// What `metadata.output` and `response` repeat.
void put_output(JsonText& json, const Job& job, std::string_view responses) {
  if (!is_inline(job)) return json.text("responsesFile", "files/batch-" + job.id);
  if (responses.empty()) return;
  json.open("inlinedResponses");
  json.raw("inlinedResponses", responses);
  json.close();
}

void put_error(JsonText& json, int code, std::string_view message) {
  json.open("error");
  json.raw("code", std::to_string(code));
  json.text("message", message);
  json.close();
}

void put_batch(JsonText& json, const Job& job, const JobView& view, std::string_view responses) {
  const std::uint64_t salt = hash_on(job.rows.seed, job.id);
  json.text("model", "models/" + job.model);
  json.text("displayName", job.display_name);
  if (!is_inline(job)) {
    json.open("inputConfig");
    json.text("fileName", job.file_name);
    json.close();
  }
  if (job.priority != 0) json.text("priority", std::to_string(job.priority));
  if (view.names_output && !(is_inline(job) && responses.empty())) {
    json.open("output");
    put_output(json, job, responses);
    json.close();
  }
  json.text("createTime", to_rfc3339_ns(job.created, salt));
  if (view.ended) json.text("endTime", to_rfc3339_ns(*view.ended, salt));
  json.text("updateTime", to_rfc3339_ns(view.updated, salt));
  put_stats(json, job, view);
  json.text("state", wire_name(view.state));
  json.text("name", "batches/" + job.id);
}

/// `error` or `response`, of which an ended job has one; none while its output is on its way.
void put_end(JsonText& json, const Job& job, const JobView& view, std::string_view responses) {
  switch (view.state) {
    case JobState::failed:
      return put_error(json, 13, "An internal error has occurred.");
    case JobState::expired:
      return put_error(json, 4, "The batch expired before it finished.");
    case JobState::cancelled:
      if (!view.has_output) return put_error(json, 13, fmt::format("Batch {} failed without error.", job.id));
      break;
    case JobState::pending:
    case JobState::running:
    case JobState::succeeded:
      break;
  }
  if (!view.names_output) return;
  json.open("response");
  json.text("@type", fmt::format("{}{}Output", kTypePrefix, type_name(job.kind)));
  put_output(json, job, responses);
  json.close();
}

JobView cancelled_view(const Job& job, Instant now) {
  const Cancel& cancel = *job.cancelled;
  const bool has_output = cancel.end != CancelEnd::cancelled;
  const JobState state = cancel.end == CancelEnd::succeeds ? JobState::succeeded : JobState::cancelled;
  return {state, cancel.at, cancel.at, has_output, has_output && now >= cancel.at + job.output_after};
}

/// The median within a quarter, by the job's own hash.
Duration own_time(Duration median, std::uint64_t hash) { return scaled(median, 0.75 + 0.5 * share_of(hash)); }

}  // namespace

std::optional<std::uint64_t> served_of(const Job& job) {
  if (!job.cancelled || job.cancelled->end == CancelEnd::cancelled) return std::nullopt;
  return job.cancelled->served;
}

JobView view_of(const Job& job, Instant now) {
  const Instant expires = job.created + kJobLife;
  const bool never_ends = job.fate == JobFate::expires || job.ends > expires;
  const Instant ends = never_ends ? expires : job.ends;
  if (job.cancelled && job.cancelled->at < ends) return cancelled_view(job, now);
  if (now >= ends) {
    if (never_ends) return {JobState::expired, ends, ends};
    if (job.fate == JobFate::fails) return {JobState::failed, ends, ends};
    return {JobState::succeeded, ends, ends, true, now >= ends + job.output_after};
  }
  if (now >= job.starts) return {JobState::running, job.starts, std::nullopt};
  return {JobState::pending, job.created, std::nullopt};
}

bool is_active(JobState state) { return state == JobState::pending || state == JobState::running; }

void decide(Job& job, const JobRules& rules, std::uint64_t hash, Instant now) {
  job.created = now;
  job.starts = now + own_time(rules.pending, hash_on(hash, "pending"));
  job.ends = job.starts + own_time(rules.running, hash_on(hash, "running"));
  job.output_after = rules.output_after;
  job.listed_after = rules.listed_after;
  const double at = share_of(hash_on(hash, "fate"));
  if (at < rules.failed) {
    job.fate = JobFate::fails;
  } else if (at < rules.failed + rules.expired) {
    job.fate = JobFate::expires;
  }
}

double progress_of(const Job& job, Instant now) {
  if (now <= job.starts) return 0;
  if (now >= job.ends) return 1;
  return static_cast<double>((now - job.starts).count()) / static_cast<double>((job.ends - job.starts).count());
}

std::string operation_json(const Job& job, Instant now, std::string_view responses) {
  const JobView view = view_of(job, now);
  JsonText json;
  json.open();
  json.text("name", "batches/" + job.id);
  json.open("metadata");
  json.text("@type", fmt::format("{}{}", kTypePrefix, type_name(job.kind)));
  put_batch(json, job, view, responses);
  json.close();
  if (view.ended) json.raw("done", "true");
  put_end(json, job, view, responses);
  json.close();
  return json.take();
}

std::string batch_json(const Job& job, Instant now) {
  JsonText json;
  json.open();
  put_batch(json, job, view_of(job, now), {});
  json.close();
  return json.take();
}

nlohmann::json to_journal(const Job& job) {
  nlohmann::json entry = {{"event", "job"},
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
                          {"rows", to_journal(job.rows)}};
  if (job.kind == JobKind::embed) entry["embed"] = true;
  if (job.priority != 0) entry["priority"] = job.priority;
  if (job.fate == JobFate::fails) entry["fails"] = true;
  if (job.fate == JobFate::expires) entry["expires"] = true;
  if (job.output_after > Duration{}) entry["output_after"] = job.output_after.count();
  if (job.listed_after > Duration{}) entry["listed_after"] = job.listed_after.count();
  if (job.output_gone) entry["output_gone"] = true;
  return entry;
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
  job.rows = row_plan_from_journal(entry, job.display_name);
  if (entry.value("embed", false)) job.kind = JobKind::embed;
  job.priority = entry.value("priority", job.priority);
  if (entry.value("fails", false)) job.fate = JobFate::fails;
  if (entry.value("expires", false)) job.fate = JobFate::expires;
  job.output_after = Duration{entry.value("output_after", std::int64_t{0})};
  job.listed_after = Duration{entry.value("listed_after", std::int64_t{0})};
  job.output_gone = entry.value("output_gone", false);
  return job;
}

nlohmann::json to_journal(const Cancel& cancel) {
  nlohmann::json entry = {{"event", "cancel"}, {"at", to_unix_ms(cancel.at)}};
  if (cancel.end == CancelEnd::cancelled) return entry;
  entry["succeeds"] = cancel.end == CancelEnd::succeeds;
  entry["served"] = cancel.served;
  entry["failed"] = cancel.failed;
  return entry;
}

Cancel cancel_from_journal(const nlohmann::json& entry) {
  Cancel cancel;
  cancel.at = from_unix_ms(entry.at("at"));
  if (entry.contains("succeeds")) cancel.end = entry["succeeds"] ? CancelEnd::succeeds : CancelEnd::partial;
  cancel.served = entry.value("served", cancel.served);
  cancel.failed = entry.value("failed", cancel.failed);
  return cancel;
}

}  // namespace batchctl::sandbox
