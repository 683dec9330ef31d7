// Orders to go wrong: "at the n-th request of this kind, do that". Given at start, in a scenario file, or while the
// server runs. What each word means stands in `kFaultWords`, which the reader, the help and people share.
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
  drop_before,
  drop_after,
  reset_before,
  reset_after,
  stall_before,
  stall_after,
  late,
  status,
  internal,
  unavailable,
  html,
  quota,
  slow,
  cut,
  cut_request,
  key_revoked,

  // Carried out by the method itself, which otherwise does as asked.
  job_fails,
  job_expires,
  job_rows_fail,
  output_gone,
  file_stuck,
  file_fails,
};

/// Whether the method that is called carries the order out, and not the server around it.
constexpr bool is_for_method(FaultAction action) { return action >= FaultAction::job_fails; }

/// Kinds of requests, as counted in the ledger and named in orders.
struct RequestKind {
  const char* text;
  const char* help;
};
inline constexpr RequestKind kRequestKinds[] = {{"start", "begin an upload, or send a file whole"},
                                                {"upload", "bring bytes of an upload, or end it"},
                                                {"query", "ask how much of an upload has arrived"},
                                                {"upload_cancel", "give an upload up"},
                                                {"file_get", "look at a file"},
                                                {"file_list", "list files"},
                                                {"file_delete", "delete a file"},
                                                {"create", "create a job"},
                                                {"get", "look at a job"},
                                                {"list", "list jobs"},
                                                {"cancel", "cancel a job"},
                                                {"delete", "delete a job"},
                                                {"update", "change a job's priority or name"},
                                                {"download", "fetch results"},
                                                {"redirected", "fetch results where a redirect led"},
                                                {"count_tokens", "count tokens"}};

/// A word of orders: what it does, which kinds of requests it can befall, and what may stand beside `on`, `nth` and
/// `do`. `times`: how many requests in a row (1). `for`: instead, all requests from the first one on for so long by the
/// sandbox's clock; of a stall and a key it is their own length. Lists of words are separated by spaces.
struct FaultWord {
  const char* text;
  FaultAction action;
  const char* kinds;  // empty: all
  const char* members;
  const char* help;
};

inline constexpr const char* kKindsWithBody = "start upload create update count_tokens";
inline constexpr const char* kKindsOfOneStep = "file_delete create cancel delete update";
inline constexpr const char* kKindsWithKey =
    "start file_get file_list file_delete create get list cancel delete update download count_tokens";

inline constexpr FaultWord kFaultWords[] = {
    {"drop-before", FaultAction::drop_before, "", "times for", "close the connection before any effect, no answer"},
    {"drop-after", FaultAction::drop_after, "", "times for", "do all that was asked, then close without an answer"},
    {"reset-before", FaultAction::reset_before, "", "times for", "as drop-before, by a TCP reset"},
    {"reset-after", FaultAction::reset_after, "", "times for", "as drop-after, by a TCP reset"},
    {"stall-before", FaultAction::stall_before, "", "times for",
     "no effect and no answer until the client leaves, or `for` (wall time) is over"},
    {"stall-after", FaultAction::stall_after, "", "times for", "do all that was asked, then as stall-before"},
    {"late", FaultAction::late, kKindsOfOneStep, "times for delay",
     "do all that was asked `delay` (1s, wall time) later, client or not; then close without an answer"},
    {"status", FaultAction::status, "", "times for status body", "answer `status` (503) and `body` (\"\"), no effect"},
    {"500", FaultAction::internal, "", "times for", "answer 500 INTERNAL, no effect"},
    {"503", FaultAction::unavailable, "", "times for", "answer 503 with an empty body, no effect"},
    {"html", FaultAction::html, "", "times for", "answer 502 with a page of HTML, no effect"},
    {"429", FaultAction::quota, "", "times for form", "answer 429 in the `form` of a quota (bare), no effect"},
    {"slow", FaultAction::slow, "", "times for bytes delay",
     "answer `delay` late (wall time), then `bytes` of the body a second (100 if there is no delay)"},
    {"cut", FaultAction::cut, "", "times for bytes", "close after `bytes` of the answer's body (half of it)"},
    {"cut-request", FaultAction::cut_request, kKindsWithBody, "times for bytes",
     "read `bytes` of the request's body (half), then close; what an upload has stays"},
    {"key-revoked", FaultAction::key_revoked, kKindsWithKey, "for",
     "from this request on its key is a bad key, for good or for `for`"},
    {"job-fails", FaultAction::job_fails, "create", "times for", "the job ends FAILED"},
    {"job-expires", FaultAction::job_expires, "create", "times for", "the job never ends, and expires"},
    {"job-rows-fail", FaultAction::job_rows_fail, "create", "times for", "every row of the job carries an error"},
    {"output-gone", FaultAction::output_gone, "create", "times for", "the job succeeds, its output is never there"},
    {"file-stuck", FaultAction::file_stuck, "start", "times for", "the file stays PROCESSING"},
    {"file-fails", FaultAction::file_fails, "start", "times for", "the file is PROCESSING, then FAILED"}};

struct FaultOrder {
  std::string on = "create";  // a request kind, or `any` that the action can befall
  std::uint64_t nth = 1;      // counted from the moment of the order; 1 = the next request of the kind
  FaultAction action = FaultAction::drop_after;
  int status = 503;
  std::string body;
  std::uint64_t times = 1;                            // how many requests in a row it hits
  Duration lasts{};                                   // `for`; 0 = not given
  QuotaForm form = QuotaForm::bare;                   // 429
  std::optional<std::uint64_t> bytes = std::nullopt;  // slow (a second), cut, cut-request
  Duration delay{};                                   // slow, late; wall time

  bool operator==(const FaultOrder&) const = default;
};

/// One order in its JSON form; the error says what is wrong with it.
Result<FaultOrder, std::string> fault_of(const nlohmann::json& json);

/// One order as people write it: a JSON object, or `ON:NTH:DO`.
Result<FaultOrder, std::string> fault_of_text(const std::string& text);

/// The orders that stand, with their counts.
class Faults {
 public:
  /// Stays until it is used up.
  void add(const FaultOrder& order) { added_.emplace_back(order); }
  /// The orders of the scenario, instead of those it had before: one that it had already goes on where it is, so a
  /// used-up one does not begin anew.
  void set_scenario(const std::vector<FaultOrder>& orders);
  /// To be called once for each request of a kind; the order it falls under, if any.
  std::optional<FaultOrder> next(const std::string& kind, Instant now);

 private:
  struct Standing {
    explicit Standing(const FaultOrder& of) : order(of), before(of.nth - 1), left(of.times) {}

    FaultOrder order;
    std::uint64_t before;          // requests until the first it hits
    std::uint64_t left;            // requests that it still hits
    std::optional<Instant> until;  // instead of `left`, once it has begun
  };
  static bool is_over(const Standing& one, Instant now);
  static void hit(Standing& one, Instant now);

  std::vector<Standing> added_;
  std::vector<Standing> of_scenario_;
};

}  // namespace batchctl::sandbox
