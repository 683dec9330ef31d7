#include "sandbox/create_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>
#include <string_view>

#include "sandbox/open_file.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"

namespace batchctl::sandbox {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBatchMembers[] = {"displayName",  "display_name", "model",         "inputConfig",
                                              "input_config", "priority",     "webhookConfig", "webhook_config",
                                              "name",         "state",        "createTime",    "updateTime",
                                              "endTime",      "batchStats",   "output"};
constexpr std::string_view kInputMembers[] = {"fileName", "file_name", "requests"};
constexpr std::string_view kRequestsMembers[] = {"requests"};
constexpr std::string_view kInlineMembers[] = {"request", "metadata"};
constexpr std::size_t kWriteBytes = std::size_t{1} << 20U;

/// The first member that is not among the known ones.
const std::string* unknown_member(const Json& object, std::span<const std::string_view> known) {
  if (!object.is_object()) return nullptr;
  for (auto member = object.begin(); member != object.end(); ++member) {
    if (std::find(known.begin(), known.end(), member.key()) == known.end()) return &member.key();
  }
  return nullptr;
}

const char* message_name(JobKind kind) {
  return kind == JobKind::embed ? "AsyncBatchEmbedContentRequest" : "BatchGenerateContentRequest";
}

Answer wrong(JobKind kind, std::string_view member, std::string_view what) {
  return error_answer(400, fmt::format("* {}.{}: {}\n", message_name(kind), member, what));
}

/// What is wrong with the list of inline requests, but for the requests themselves.
std::optional<Answer> refused_requests(const Json& input, JobKind kind) {
  const Json& outer = member(input, "requests", "requests");
  if (const auto* name = unknown_member(outer, kRequestsMembers)) {
    return unknown_name(*name, " at 'batch.input_config.requests'");
  }
  const Json& list = member(outer, "requests", "requests");
  if (!list.is_array() || list.empty()) {
    return wrong(kind, "batch.input_config.requests.requests", "no requests were given.");
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = fmt::format("batch.input_config.requests.requests[{}]", i);
    if (!list[i].is_object())
      return error_answer(400, fmt::format("Invalid value at '{}': expected an object.", place));
    if (const auto* name = unknown_member(list[i], kInlineMembers)) return unknown_name(*name, " at '" + place + "'");
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> int64_of(const Json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

Answer unknown_name(const std::string& name, const std::string& where) {
  return error_answer(
      400, fmt::format("Invalid JSON payload received. Unknown name \"{}\"{}: Cannot find field.", name, where));
}

std::optional<CreateBody> read_create(const Json& body, const std::string& model, JobKind kind, Answer& refusal) {
  const auto refuse = [&refusal](Answer answer) {
    refusal = std::move(answer);
    return std::nullopt;
  };
  constexpr std::string_view kBodyMembers[] = {"batch"};
  if (const auto* name = unknown_member(body, kBodyMembers)) return refuse(unknown_name(*name, ""));
  const Json& batch = member(body, "batch", "batch");
  if (!batch.is_object()) return refuse(wrong(kind, "batch", "required."));
  if (const auto* name = unknown_member(batch, kBatchMembers)) return refuse(unknown_name(*name, " at 'batch'"));
  const Json& input = member(batch, "inputConfig", "input_config");
  if (const auto* name = unknown_member(input, kInputMembers)) {
    return refuse(unknown_name(*name, " at 'batch.input_config'"));
  }

  CreateBody found;
  found.job.model = model;
  found.job.kind = kind;
  found.job.display_name = text_member(batch, "displayName", "display_name");
  found.job.file_name = text_member(input, "fileName", "file_name");
  const std::string named_model = text_member(batch, "model", "model");
  if (found.job.display_name.empty()) {
    return refuse(wrong(kind, "batch.display_name", "display name must not be empty."));
  }
  if (!named_model.empty() && named_model != "models/" + model) {
    return refuse(wrong(kind, "batch.model", "differs from the model of the URL."));
  }
  if (const Json& priority = member(batch, "priority", "priority"); !priority.is_null()) {
    const auto number = int64_of(priority);
    if (!number) return refuse(error_answer(400, "Invalid value at 'batch.priority' (TYPE_INT64)."));
    found.job.priority = *number;
  }
  const bool has_requests = !member(input, "requests", "requests").is_null();
  if (is_inline(found.job) != has_requests) {
    return refuse(wrong(kind, "batch.input_config", "exactly one of file_name and requests must be set."));
  }
  if (has_requests) {
    if (auto answer = refused_requests(input, kind)) return refuse(*std::move(answer));
    found.requests = input["requests"]["requests"];
  }
  return found;
}

void write_requests(const Json& requests, const std::string& path) {
  OpenFile file(path, OpenFile::Mode::append);
  std::string waiting;
  for (const Json& one : requests) {
    waiting += one.dump() + "\n";
    if (waiting.size() < kWriteBytes) continue;
    file.append(waiting);
    waiting.clear();
  }
  file.append(waiting);
}

}  // namespace batchctl::sandbox
