// The JSON that scripts read. Member names are a promise: add, do not rename.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "app/doctor.hpp"
#include "app/events.hpp"
#include "app/report.hpp"
#include "app/submit.hpp"
#include "base/error.hpp"

namespace batchctl::cli {

/// One element of `runs`; `chunk_list` when `with_chunks`.
nlohmann::ordered_json run_document(const app::RunReport& report, bool with_chunks);
/// status --json and runs --json.
nlohmann::ordered_json status_document(const std::vector<app::RunReport>& reports, Instant now, bool with_chunks);
/// plan --json.
nlohmann::ordered_json plan_document(const app::PlanSummary& plan, Instant now);
/// explain --json.
nlohmann::ordered_json explain_document(const app::RunReport& report, const std::vector<JournalLine>& journal);
/// The last line of a long command.
nlohmann::ordered_json result_event(ExitCode exit, const std::vector<app::RunReport>& reports);
/// The last line of a command that failed.
nlohmann::ordered_json error_document(ExitCode exit, const std::string& code, const std::string& message,
                                      const std::string& next);
/// What a command of --on-event reads from its standard input.
nlohmann::ordered_json notice_document(const app::Event& event, const app::RunReport& report);
/// doctor --json.
nlohmann::ordered_json doctor_document(const std::vector<app::Check>& checks);
/// One line, UTF-8, harmless on a terminal; bytes that are not UTF-8 are replaced.
std::string to_line(const nlohmann::ordered_json& document);

}  // namespace batchctl::cli
