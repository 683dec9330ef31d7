#include "app/events.hpp"

#include <fmt/format.h>

#include "base/count.hpp"
#include "base/text.hpp"

namespace batchctl::app {

namespace {

constexpr const char* kStateTold = "event_told";
constexpr const char* kQuotaTold = "quota_told";

std::optional<Event> event_of_state(const RunReport& report) {
  const Run& run = report.run;
  const std::string counts =
      fmt::format("{} of {} answered, {} without a usable answer", count(report.records.answered),
                  count(report.records.total, "record"), count(report.records.failed));
  switch (report.state) {
    case RunState::complete:
      return Event{"done", counts};
    case RunState::complete_with_failures:
      return Event{"failed", counts};
    case RunState::needs_attention:
      return Event{"needs_attention", run.stop       ? run.stop->reason + ": " + one_line(run.stop->message)
                                      : report.pause ? one_line(report.pause->message)
                                                     : ""};
    case RunState::paused:
      return Event{"paused", report.pause ? report.pause->reason + ": " + one_line(report.pause->message) : ""};
    case RunState::submitting:
    case RunState::waiting:
    case RunState::fetching:
    case RunState::cancelled:  // a person did that
      return std::nullopt;
  }
  return std::nullopt;
}

/// The same words for the same news: the figures in a message change, the reason does not.
std::string mark_of(const RunReport& report, const Event& event) {
  if (report.run.stop) return event.name + " " + report.run.stop->reason;
  if (report.pause) return event.name + " " + report.pause->reason + " " + std::string(name_of(report.pause->kind));
  return event.name;
}

}  // namespace

std::vector<Event> events_of(const RunReport& report, Told& told) {
  std::vector<Event> events;
  if (!report.run.scanned) return events;
  if (std::optional<Event> event = event_of_state(report)) {
    std::string mark = mark_of(report, *event);
    if (mark != told.state) {
      told.state = std::move(mark);
      events.push_back(*std::move(event));
    }
  }
  if (!report.token_limit || *report.token_limit <= 0) return events;
  const double used = static_cast<double>(report.usage.enqueued) / static_cast<double>(*report.token_limit);
  if (used >= 0.8 && told.quota != "used") {
    told.quota = "used";
    events.push_back({"quota", fmt::format("{} of {} enqueued tokens are in use", count(report.usage.enqueued),
                                           count(*report.token_limit))});
  }
  if (used < 0.5 && told.quota == "used") told.quota = "free";
  return events;
}

std::vector<Event> take_events(Context& context, const RunReport& report) {
  Store& store = context.store;
  std::vector<Event> events;
  const auto told_of = [&](const char* event) { return store.newest_note(report.run.key, event).value_or(""); };
  const Told before{told_of(kStateTold), told_of(kQuotaTold)};
  Told told = before;
  events = events_of(report, told);
  if (told.state == before.state && told.quota == before.quota) return events;
  store.write([&] {
    const Instant now = context.clock.now();
    if (told.state != before.state) store.note(report.run.key, {}, now, kStateTold, told.state);
    if (told.quota != before.quota) store.note(report.run.key, {}, now, kQuotaTold, told.quota);
  });
  return events;
}

}  // namespace batchctl::app
