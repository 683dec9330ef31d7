// What clean and purge would remove and have removed, for people and for --json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/clean.hpp"
#include "app/purge.hpp"

namespace batchctl::cli {

/// One line an object: the result of --dry-run.
std::string clean_list(const app::CleanPlan& plan);
/// What is asked for: counts, what can no longer be had after it, and what stays, with why.
std::string clean_summary(const app::CleanPlan& plan);
std::string clean_result(const app::Cleaned& cleaned);
nlohmann::ordered_json clean_document(const app::Cleaned& cleaned, bool dry_run);

std::string purge_list(const app::PurgePlan& plan);
std::string purge_summary(const app::PurgePlan& plan);
nlohmann::ordered_json purge_document(const app::PurgePlan& plan, bool dry_run);

}  // namespace batchctl::cli
