#include "sandbox/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "sandbox/json_reader.hpp"

namespace batchctl::sandbox {
namespace {

constexpr Word<FaultAction> kActions[] = {
    {"drop-before", FaultAction::drop_before}, {"drop-after", FaultAction::drop_after},
    {"status", FaultAction::status},           {"job-fails", FaultAction::job_fails},
    {"job-expires", FaultAction::job_expires}, {"job-rows-fail", FaultAction::job_rows_fail},
    {"output-gone", FaultAction::output_gone}, {"file-stuck", FaultAction::file_stuck},
    {"file-fails", FaultAction::file_fails}};

}  // namespace

bool is_request_kind(const std::string& text) {
  return std::find(std::begin(kRequestKinds), std::end(kRequestKinds), text) != std::end(kRequestKinds);
}

Result<FaultOrder, std::string> fault_of(const nlohmann::json& json) {
  FaultOrder order;
  JsonReader reader(json, "fault");
  reader.text("on", order.on);
  reader.word("do", order.action, kActions);
  reader.count("nth", order.nth, 1);
  reader.count("times", order.times, 1);
  reader.integer("status", order.status, 200, 599);
  reader.text("body", order.body);
  if (!json.contains("do")) reader.fault("do", "is missing: what is to be done");
  if (!is_request_kind(order.on)) {
    reader.fault("on", fmt::format("is \"{}\"; it is one of {}", order.on, fmt::join(kRequestKinds, ", ")));
  }
  if (auto problem = reader.end()) return *std::move(problem);
  return order;
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
