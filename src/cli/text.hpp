// The same facts for people: one screen, the most important first, the next step last.
#pragma once

#include <string>
#include <vector>

#include "app/doctor.hpp"
#include "app/report.hpp"
#include "app/submit.hpp"
#include "cli/viewpoint.hpp"

namespace batchctl::cli {

std::string status_text(const app::RunReport& report, const Viewpoint& view);
std::string chunk_table(const std::vector<app::ChunkReport>& chunks);
std::string runs_text(const std::vector<app::RunReport>& reports, const Viewpoint& view);
std::string plan_text(const app::PlanSummary& plan);
std::string explain_text(const app::RunReport& report, const std::vector<JournalLine>& journal, const Viewpoint& view);
/// Why the command ended before everything was done, and what to do: several lines, each with a line ending.
std::string ending_text(const app::RunReport& report, const Viewpoint& view);
/// What a cancel stopped, what had finished and is kept, and what may still count against the quota.
std::string cancel_text(const app::RunReport& report);

/// `doctor`: a line a check, the ill ones with what mends them.
std::string doctor_text(const std::vector<app::Check>& checks, const Viewpoint& view);

}  // namespace batchctl::cli
