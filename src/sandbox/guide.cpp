#include "sandbox/guide.hpp"

#include <fmt/format.h>

#include <cstring>
#include <iterator>

#include "sandbox/faults.hpp"

namespace batchctl::sandbox {

const char* const kDefaultScenario =
    R"(  {"tier": null, "faults": [],
   "quotas": [{"limit": "jobs", "most": 100}, {"limit": "storage", "most": 21474836480}],
   "jobs": {"pending": "4m", "running": "8m", "failed": 0, "expired": 0, "cancel": "cancelled",
            "output_after": "0", "listed_after": "0"},
   "rows": {"error": 0, "status": 0, "missing": 0, "duplicate": 0, "keyless": 0, "truncated": 0, "blocked": 0,
            "blocked_prompt": 0, "empty": 0, "garbled": 0, "code": 13, "shuffled": false},
   "files": {"refused_types": ["jsonl"], "processing": "0", "taken": "409", "outputs_readable": false},
   "lists": {"page": 100, "short": false},
   "downloads": {"ranges": true, "redirect": "none", "paths": "both"}}
)";

namespace {

constexpr const char* kScenarioWords =
    R"(  A list replaces the default's. Durations are of the sandbox's clock; shares (failed, expired, rows) go from 0 to 1.
  quotas     limit: jobs, tokens, creates, tokens-per-day, requests-per-day, storage; further members: model (each),
             per (1m; creates), release_after (0), form (bare): bare, resource, help, details, storage, spend,
             hint (the truth; details)
  jobs       cancel: cancelled, partial, succeeds         files      taken: 409, 400, replaces
  downloads  redirect: none, here, elsewhere              paths: both, download, bare
)";

constexpr const char* kEndpoints =
    R"(While it runs, below $GOOGLE_GEMINI_BASE_URL/__sandbox/:
  GET ledger      what it accepted: jobs, records, doubles, refusals (?summary=1: without the records)
  POST faults     one order more (curl -d '{"on": "list", "do": "503"}' $GOOGLE_GEMINI_BASE_URL/__sandbox/faults)
  POST scenario   what differs from now on, until the file changes
)";

std::string kinds() {
  std::string text;
  for (std::size_t i = 0; i < std::size(kRequestKinds); ++i) {
    const RequestKind& kind = kRequestKinds[i];
    text += i % 2 == 0 ? fmt::format("  {:<14}{:<43}", kind.text, kind.help)
                       : fmt::format("{:<14}{}\n", kind.text, kind.help);
  }
  return text + fmt::format("  {:<14}{}\n", "any", "whatever DO can befall");
}

std::string words() {
  std::string text;
  for (const FaultWord& word : kFaultWords) {
    const bool is_of_one_kind = *word.kinds != '\0' && std::strchr(word.kinds, ' ') == nullptr;
    text += fmt::format("  {:<14}{}{}\n", word.text, is_of_one_kind ? fmt::format("{}: ", word.kinds) : "", word.help);
  }
  return text;
}

}  // namespace

std::string guide() {
  return fmt::format(
      "Orders to fail (--fault ORDER): ON:NTH:DO, or {{\"on\": ON, \"nth\": N, \"do\": DO, ...}} with \"times\": N (so "
      "many "
      "in\na row) or \"for\": D (all of them for so long by its clock). ON, counted from the order, is one of\n{}"
      "DO is one of (in `...`: members of the JSON form, with their defaults)\n{}\n"
      "A scenario (--scenario FILE) names what differs from\n{}{}\n{}",
      kinds(), words(), kDefaultScenario, kScenarioWords, kEndpoints);
}

}  // namespace batchctl::sandbox
