// What the sandbox is like: its quotas, how jobs live and end, what becomes of rows, how files, lists and downloads
// behave, and what goes wrong. One value, with a JSON form that people write (`batchctl sandbox --scenario FILE`):
//
//   {"tier": 1,
//    "quotas": [{"limit": "jobs", "most": 21, "release_after": "15m"},
//               {"limit": "tokens", "most": 3000000, "model": "gemini-2.5-flash", "form": "help"},
//               {"limit": "creates", "most": 2, "per": "15m"},
//               {"limit": "tokens-per-day", "most": 9000000, "form": "details", "hint": "5s"}],
//    "jobs": {"pending": "4m", "running": "8m", "failed": 0.1, "cancel": "partial", "listed_after": "20s"},
//    "rows": {"error": 0.01, "missing": 0.01, "shuffled": true},
//    "files": {"refused_types": ["jsonl", "application/jsonl"], "processing": "30s"},
//    "lists": {"page": 5, "short": true},
//    "downloads": {"ranges": true, "redirect": "elsewhere"},
//    "faults": [{"on": "create", "nth": 22, "do": "drop-after"}]}
//
// Durations are the sandbox's clock unless said otherwise; shares are between 0 and 1. What is not named keeps its
// default.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "sandbox/faults.hpp"

namespace batchctl::sandbox {

/// One quota of a project. A refusal is a 429 without any effect.
struct QuotaRule {
  enum class Limit {
    jobs,              // pending and running jobs
    tokens,            // tokens of the pending and running jobs of a model
    creates,           // jobs made within `per`
    tokens_per_day,    // of a model, since midnight Pacific
    requests_per_day,  // of a model, since midnight Pacific
    storage,           // bytes of living uploaded files; always refused in its own form
  };
  Limit limit = Limit::jobs;
  std::uint64_t most = 0;
  std::string model;                 // tokens and days: of this model alone; empty = of each model
  Duration per = minutes{1};         // creates
  Duration release_after{};          // jobs, tokens: an ended job counts so much longer
  QuotaForm form = QuotaForm::bare;  // how the 429 looks
  Duration hint{};                   // what its RetryInfo says; 0: how long it really takes

  bool operator==(const QuotaRule&) const = default;
};

inline constexpr Word<QuotaRule::Limit> kQuotaLimits[] = {{"jobs", QuotaRule::Limit::jobs},
                                                          {"tokens", QuotaRule::Limit::tokens},
                                                          {"creates", QuotaRule::Limit::creates},
                                                          {"tokens-per-day", QuotaRule::Limit::tokens_per_day},
                                                          {"requests-per-day", QuotaRule::Limit::requests_per_day},
                                                          {"storage", QuotaRule::Limit::storage}};

struct JobRules {
  Duration pending = minutes{4};  // median times; each job's own is within 25 %
  Duration running = minutes{8};
  double failed = 0;   // share of the jobs that end FAILED, without output
  double expired = 0;  // share of the jobs that never end and expire after 48 h
  /// What becomes of a running job that is cancelled; a pending one ends CANCELLED without output.
  enum class CancelEnd {
    cancelled,  // CANCELLED, without output
    partial,    // CANCELLED, with the rows that were done; the others carry code 1
    succeeds,   // SUCCEEDED with the same output, as users have seen
  } cancel = CancelEnd::cancelled;
  Duration output_after{};  // SUCCEEDED so long before the output is named
  Duration listed_after{};  // the list does not show a job before

  bool operator==(const JobRules&) const = default;
};

/// Shares of a job's rows, decided by the seed, the display name and the key. Together at most 1.
struct RowRules {
  double error = 0;           // {"error": {"code": …}}
  double status = 0;          // {"status": {"code": …}}
  double missing = 0;         // left out
  double duplicate = 0;       // answered twice
  double keyless = 0;         // answered without a key
  double truncated = 0;       // MAX_TOKENS, with part of the text
  double blocked = 0;         // SAFETY, without text
  double blocked_prompt = 0;  // promptFeedback.blockReason, no candidates
  double empty = 0;           // STOP, without parts
  double garbled = 0;         // a line that is no JSON
  int code = 13;              // of `error` and `status`
  bool shuffled = false;      // lines not in input order

  bool operator==(const RowRules&) const = default;
};

struct FileRules {
  std::vector<std::string> refused_types = {"jsonl"};  // MIME types answered with 400 at the end of the upload
  Duration processing{};                               // a new file is PROCESSING for so long
  /// A start that names a file which is there.
  enum class Taken { conflict, bad_request, replaces } taken = Taken::conflict;
  bool outputs_readable = false;  // files.get of a generated output: 200 instead of 400

  bool operator==(const FileRules&) const = default;
};

struct ListRules {
  std::uint64_t page = 100;  // longest page of the list of jobs
  bool is_short = false;     // pages of any length from 0 to what was asked for

  bool operator==(const ListRules&) const = default;
};

struct DownloadRules {
  bool ranges = true;                                                       // `Range` is obeyed
  enum class Redirect { none, here, elsewhere } redirect = Redirect::none;  // elsewhere: another host name
  enum class Paths { both, download, bare } paths = Paths::both;            // with the prefix `/download`, or without

  bool operator==(const DownloadRules&) const = default;
};

struct Scenario {
  std::optional<int> tier;  // its printed token limits are quotas too
  std::vector<QuotaRule> quotas = default_quotas();
  JobRules jobs;
  RowRules rows;
  FileRules files;
  ListRules lists;
  DownloadRules downloads;
  std::vector<FaultOrder> faults;

  bool operator==(const Scenario&) const = default;

  /// 100 active jobs, 20 GiB of files (rate-limits page, 2026-08-18).
  static std::vector<QuotaRule> default_quotas();
};

/// Puts what the text names onto `base`. `quotas` and `faults` are replaced whole. The error names the member, what it
/// holds and what would be right.
Result<Scenario, std::string> parse_scenario(std::string_view json, const Scenario& base);

/// The first rule of that limit and model, made when there is none.
QuotaRule& quota_of(Scenario& scenario, QuotaRule::Limit limit, const std::string& model = {});

}  // namespace batchctl::sandbox
