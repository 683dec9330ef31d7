// Orders to go wrong: "at the n-th request of this kind, do that". Given at start, in a scenario file, or while the
// server runs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "sandbox/json_reader.hpp"

namespace batchctl::sandbox {

/// How a 429 looks (users' reports, 2025-07 to 2026-01).
enum class QuotaForm {
  bare,      // "You exceeded your current quota …", no details
  resource,  // "Resource has been exhausted (e.g. check quota).", no details
  help,      // a Help link alone
  details,   // QuotaFailure, Help and RetryInfo
  storage,   // file storage, with a retryDelay of INT64_MAX seconds
  spend,     // words about spend, no details
};

inline constexpr Word<QuotaForm> kQuotaForms[] = {{"bare", QuotaForm::bare},       {"resource", QuotaForm::resource},
                                                  {"help", QuotaForm::help},       {"details", QuotaForm::details},
                                                  {"storage", QuotaForm::storage}, {"spend", QuotaForm::spend}};

enum class FaultAction {
  drop_before,  // close the connection without an answer, before any effect
  drop_after,   // take full effect, then close the connection without an answer
  status,       // answer with this status, without any effect

  // Carried out by the method itself, which otherwise does as asked.
  job_fails,      // create: the job ends FAILED
  job_expires,    // create: the job never ends and expires
  job_rows_fail,  // create: every row of the job carries an error
  output_gone,    // create: the job succeeds, its output is never there
  file_stuck,     // start: the file stays PROCESSING
  file_fails,     // start: the file is PROCESSING, then FAILED
};

/// Whether the method that is called carries the order out, and not the server around it.
constexpr bool is_for_method(FaultAction action) { return action >= FaultAction::job_fails; }

struct FaultOrder {
  std::string on = "create";  // a request kind, see `kRequestKinds`
  std::uint64_t nth = 1;      // counted from the moment of the order; 1 = the next request of the kind
  FaultAction action = FaultAction::drop_after;
  int status = 503;
  std::string body;
  std::uint64_t times = 1;  // how many requests in a row it hits
};

/// Kinds of requests, as counted in the ledger and named in orders. `start`, `upload`, `query` and `upload_cancel` are
/// the steps of a resumable upload; `upload` brings bytes or finalizes. An upload in one request is a `start`.
inline constexpr const char* kRequestKinds[] = {"start",     "upload",      "query",   "upload_cancel", "file_get",
                                                "file_list", "file_delete", "create",  "get",           "list",
                                                "cancel",    "delete",      "download"};

bool is_request_kind(const std::string& text);

/// One order in its JSON form; the error says what is wrong with it.
Result<FaultOrder, std::string> fault_of(const nlohmann::json& json);

class Faults {
 public:
  void add(const FaultOrder& order) { orders_.push_back(order); }
  /// To be called once for each request of a kind; the order it falls under, if any. Used-up orders go.
  std::optional<FaultOrder> next(const std::string& kind);

 private:
  std::vector<FaultOrder> orders_;
};

}  // namespace batchctl::sandbox
