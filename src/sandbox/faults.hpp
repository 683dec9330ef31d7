// Orders to go wrong: "at the n-th request of this kind, do that". Given at start or while the server runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace batchctl::sandbox {

enum class FaultAction {
  drop_before,  // close the connection without an answer, before any effect
  drop_after,   // take full effect, then close the connection without an answer
  status,       // answer with this status, without any effect
};

struct FaultOrder {
  std::string on = "create";  // a request kind, see `kRequestKinds`
  std::uint64_t nth = 1;      // counted from the moment of the order; 1 = the next request of the kind
  FaultAction action = FaultAction::drop_after;
  int status = 503;
  std::string body;
  std::uint64_t times = 1;  // how many requests in a row it hits
};

/// Kinds of requests, as counted in the ledger and named in orders. `start`, `upload`, `query` and `upload_cancel` are
/// the steps of a resumable upload; `upload` brings bytes or finalizes.
inline constexpr const char* kRequestKinds[] = {"start",     "upload",      "query",   "upload_cancel", "file_get",
                                                "file_list", "file_delete", "create",  "get",           "list",
                                                "cancel",    "delete",      "download"};

bool is_request_kind(const std::string& text);
std::optional<FaultAction> parse_fault_action(const std::string& text);

class Faults {
 public:
  void add(const FaultOrder& order) { orders_.push_back(order); }
  /// To be called once for each request of a kind; the order it falls under, if any. Used-up orders go.
  std::optional<FaultOrder> next(const std::string& kind);

 private:
  std::vector<FaultOrder> orders_;
};

}  // namespace batchctl::sandbox
