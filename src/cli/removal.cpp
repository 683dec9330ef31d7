#include "cli/removal.hpp"

#include <fmt/format.h>

#include "base/count.hpp"
#include "base/text.hpp"

namespace batchctl::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string kept_lines(const app::CleanPlan& plan) {
  std::string text;
  for (const app::KeptJob& kept : plan.kept)
    text += fmt::format("stays  {} (chunk {}): {}\n", kept.name, kept.chunk_index, kept.why);
  return text;
}

const char* word_of(app::RemoteObject::Kind kind) { return kind == app::RemoteObject::Kind::file ? "file" : "job"; }

}  // namespace

std::string clean_list(const app::CleanPlan& plan) {
  std::string text;
  for (const app::RemoteObject& object : plan.objects)
    text += fmt::format("{:<5}  {} (chunk {}){}\n", word_of(object.kind), object.name, object.chunk_index,
                        object.look_first ? ", if the service does not know it any more" : "");
  return text;
}

std::string clean_summary(const app::CleanPlan& plan) {
  std::string text = fmt::format("{}: {} and {} with their outputs would be deleted at the service.\n", plan.run.name,
                                 count(plan.files, "uploaded file"), count(plan.jobs, "ended job"));
  if (plan.is_purged && plan.jobs > 0)
    text += "The raw results were purged here: the jobs' outputs are the last copy of them.\n";
  return text + kept_lines(plan);
}

std::string clean_result(const app::Cleaned& cleaned) {
  const app::CleanPlan& plan = cleaned.plan;
  std::string text = fmt::format("{}: {} and {} deleted at the service.\n", plan.run.name, count(cleaned.files, "file"),
                                 count(cleaned.jobs, "job"));
  if (plan.objects.empty()) text = fmt::format("{}: nothing to delete at the service.\n", plan.run.name);
  text += kept_lines(plan);
  if (cleaned.failed > 0)
    text += fmt::format("{} left: {}\nNext: batchctl clean {}\n", count(cleaned.failed, "object"),
                        cleaned.failure ? one_line(cleaned.failure->message) : "", plan.run.name);
  else if (!plan.kept.empty())
    text += fmt::format("Next: batchctl resume {0} looks at them; then batchctl clean {0}\n", plan.run.name);
  return text;
}

Json clean_document(const app::Cleaned& cleaned, bool dry_run) {
  const app::CleanPlan& plan = cleaned.plan;
  Json objects = Json::array(), kept = Json::array();
  for (const app::RemoteObject& object : plan.objects)
    objects.push_back({{"kind", word_of(object.kind)}, {"name", object.name}, {"chunk", object.chunk_index}});
  for (const app::KeptJob& job : plan.kept)
    kept.push_back({{"name", job.name}, {"chunk", job.chunk_index}, {"why", job.why}});
  return {{"schema", 1},
          {"run", plan.run.name},
          {"run_id", plan.run.id.value},
          {"dry_run", dry_run},
          {"exit", static_cast<int>(cleaned.exit)},
          {"objects", objects},
          {"kept", kept},
          {"deleted", {{"files", cleaned.files}, {"jobs", cleaned.jobs}}},
          {"failed", cleaned.failed},
          {"error", cleaned.failure ? Json(cleaned.failure->message) : Json(nullptr)}};
}

std::string purge_list(const app::PurgePlan& plan) {
  std::string text;
  for (const std::string& path : plan.paths) text += path + "\n";
  return text;
}

std::string purge_summary(const app::PurgePlan& plan) {
  return fmt::format(
      "{}: {} of raw results and spooled input ({}) would be removed here. After it download can write no results.\n",
      plan.run.name, spell_count(plan.files, "file"), spell_size(plan.bytes));
}

Json purge_document(const app::PurgePlan& plan, bool dry_run) {
  return {{"schema", 1},
          {"run", plan.run.name},
          {"run_id", plan.run.id.value},
          {"dry_run", dry_run},
          {"paths", plan.paths},
          {"files", plan.files},
          {"bytes", plan.bytes},
          {"purged_at", plan.purged_at ? Json(to_rfc3339(*plan.purged_at)) : Json(nullptr)}};
}

}  // namespace batchctl::cli
