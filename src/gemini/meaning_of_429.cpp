// Which quota a 429 speaks of. No source shows a quota id for batch, so nothing here needs one.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/text.hpp"
#include "gemini/meaning.hpp"
#include "http/date.hpp"

namespace batchctl::gemini {
namespace {

/// `limit: 0`, and not `limit: 021`.
bool says_limit_zero(std::string_view message) {
  constexpr std::string_view kWords = "limit: 0";
  for (std::size_t at = message.find(kWords); at != message.npos; at = message.find(kWords, at + 1)) {
    const std::size_t end = at + kWords.size();
    if (end == message.size() || std::string_view("0123456789.").find(message[end]) == std::string_view::npos)
      return true;
    if (message[end] == '.' && (end + 1 == message.size() || message[end + 1] < '0' || message[end + 1] > '9'))
      return true;
  }
  return false;
}

PauseKind kind_of(const Violation& violation) {
  const std::string id = to_lower(violation.id.empty() ? violation.metric : violation.id);
  if (violation.limit == 0) return PauseKind::zero;
  if (mentions(to_lower(violation.metric), "file_storage") || mentions(id, "filestorage")) return PauseKind::storage;
  if (mentions(id, "perday") || mentions(id, "per_day")) return PauseKind::day;
  if (mentions(id, "perminute") || mentions(id, "per_minute")) return PauseKind::minute;
  if (mentions(id, "job") && (mentions(id, "concurrent") || mentions(id, "active"))) return PauseKind::jobs;
  for (const char* word : {"batch", "enqueued", "concurrent"})
    if (mentions(id, word)) return PauseKind::stock;
  return PauseKind::unknown;
}

/// The longer it lasts, the higher.
int slowness(PauseKind kind) {
  switch (kind) {
    case PauseKind::zero:
      return 6;
    case PauseKind::storage:
      return 5;
    case PauseKind::day:
      return 4;
    case PauseKind::stock:
    case PauseKind::jobs:
      return 3;
    case PauseKind::unknown:
      return 2;
    case PauseKind::spend:
      return 1;
    case PauseKind::minute:
    case PauseKind::outage:
    case PauseKind::cost:
    case PauseKind::pilot:
    case PauseKind::disk:
      return 0;
  }
  return 0;
}

}  // namespace

std::optional<Duration> retry_after_of(const http::Response& response) {
  const std::string* text = response.header("retry-after");
  if (text == nullptr || text->empty()) return std::nullopt;
  if (text->find_first_not_of("0123456789") == std::string::npos) return duration_of(*text + "s");
  const auto until = http::parse_date(*text);
  const std::string* date = response.header("date");
  const auto now = date == nullptr ? std::nullopt : http::parse_date(*date);
  if (!until || !now) return std::nullopt;
  return std::max(*until - *now, Duration::zero());
}

Refusal refusal_of(const ErrorBody& error, const http::Response& response) {
  Refusal refusal;
  refusal.message = words_of(error, response.status);
  refusal.retry_after = retry_after_of(response);
  if (error.retry_delay) {
    refusal.retry_after = std::max(*error.retry_delay, refusal.retry_after.value_or(Duration::zero()));
  }

  const Violation* slowest = nullptr;
  for (const Violation& violation : error.violations) {
    if (slowest == nullptr || slowness(kind_of(violation)) > slowness(kind_of(*slowest))) slowest = &violation;
  }
  if (slowest != nullptr) {
    refusal.kind = kind_of(*slowest);
    if (!slowest->id.empty()) refusal.quota_id = slowest->id;
  }
  const std::string words = to_lower(error.message);
  if (says_limit_zero(words)) {
    refusal.kind = PauseKind::zero;
  } else if (refusal.kind == PauseKind::unknown) {
    if (mentions(words, "file_storage")) refusal.kind = PauseKind::storage;
    if (mentions(words, "spend")) refusal.kind = PauseKind::spend;
  }
  return refusal;
}

}  // namespace batchctl::gemini
