#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/text.hpp"
#include "sandbox/create_body.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"

namespace batchctl::sandbox {
namespace {

/// Takes over what the mask names, or without a mask what the body has; the refusal when it cannot be changed.
std::optional<Answer> take_changes(const nlohmann::json& body, std::string mask, Job& job) {
  if (mask.empty()) {
    for (const auto& [name, value] : body.items()) mask += (mask.empty() ? "" : ",") + name;
  }
  for (std::string_view rest = mask; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view path = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (path == "priority") {
      const auto& value = member(body, "priority", "priority");
      const auto number = value.is_null() ? std::optional<std::int64_t>(0) : int64_of(value);
      if (!number) return error_answer(400, "Invalid value at 'priority' (TYPE_INT64).");
      job.priority = *number;
    } else if (path == "displayName" || path == "display_name") {
      job.display_name = text_member(body, "displayName", "display_name");
      if (job.display_name.empty()) return error_answer(400, "* display_name: display name must not be empty.\n");
    } else {
      return error_answer(400, "* update_mask: '" + std::string(path) + "' cannot be updated.\n");
    }
  }
  return std::nullopt;
}

}  // namespace

Answer Service::update_batch(Request& request, const std::string& project, const std::string& id, JobKind kind) {
  Answer refusal;
  const auto body = read_json(request, refusal);
  if (!body) return refusal;
  std::string mask = request.query_or_empty("updateMask");
  if (mask.empty()) mask = request.query_or_empty("update_mask");
  const std::lock_guard lock(mutex_);
  const Job* found = state_.find_job(project, id);
  if (found == nullptr || found->kind != kind) return no_such_batch();
  Job changed = *found;
  if (auto refused = take_changes(*body, mask, changed)) return *std::move(refused);
  state_.update_job(changed);
  return text_answer(batch_json(changed, now()));
}

}  // namespace batchctl::sandbox
