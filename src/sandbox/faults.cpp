#include "sandbox/faults.hpp"

#include <algorithm>
#include <iterator>

namespace batchctl::sandbox {

bool is_request_kind(const std::string& text) {
  return std::find(std::begin(kRequestKinds), std::end(kRequestKinds), text) != std::end(kRequestKinds);
}

std::optional<FaultAction> parse_fault_action(const std::string& text) {
  if (text == "drop-before") return FaultAction::drop_before;
  if (text == "drop-after") return FaultAction::drop_after;
  if (text == "status") return FaultAction::status;
  return std::nullopt;
}

std::optional<FaultOrder> Faults::next(const std::string& kind) {
  std::optional<FaultOrder> hit;
  for (auto order = orders_.begin(); order != orders_.end();) {
    if (order->on != kind) {
      ++order;
    } else if (order->nth > 1) {
      --order->nth;
      ++order;
    } else if (hit) {
      ++order;  // one fault a request; this one waits for the next
    } else {
      hit = *order;
      order = --order->times == 0 ? orders_.erase(order) : std::next(order);
    }
  }
  return hit;
}

}  // namespace batchctl::sandbox
