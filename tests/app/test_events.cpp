#include "app/events.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

RunReport report_in(RunState state) {
  RunReport report;
  report.run.scanned = true;
  report.run.name = "qa";
  report.state = state;
  report.records = {100, 90, 0, 10};
  return report;
}

std::string names_of(const std::vector<Event>& events) {
  std::string names;
  for (const Event& event : events) names += (names.empty() ? "" : " ") + event.name;
  return names;
}

}  // namespace

TEST_CASE("each end and each need of a run is told once, and going on tells nothing") {
  Told told;
  CHECK(names_of(events_of(report_in(RunState::submitting), told)).empty());
  RunReport paused = report_in(RunState::paused);
  paused.pause = plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::stock, std::nullopt, "21 jobs are active", {}, {}};
  CHECK(names_of(events_of(paused, told)) == "paused");
  CHECK(names_of(events_of(paused, told)).empty());
  CHECK(names_of(events_of(report_in(RunState::submitting), told)).empty());
  paused.pause->message = "22 jobs are active";
  CHECK(names_of(events_of(paused, told)).empty());  // the same reason once more
  paused.pause = plan::Pause{"OUTAGE", PauseKind::outage, std::nullopt, "no route", {}, {}};
  CHECK(names_of(events_of(paused, told)) == "paused");
  RunReport stopped = report_in(RunState::needs_attention);
  stopped.run.stop = Stop{"key", "API key not valid", {}};
  const std::vector<Event> events = events_of(stopped, told);
  CHECK(names_of(events) == "needs_attention");
  CHECK(events.at(0).why == "key: API key not valid");
  CHECK(names_of(events_of(report_in(RunState::complete), told)) == "done");
  CHECK(names_of(events_of(report_in(RunState::complete), told)).empty());
  CHECK(names_of(events_of(report_in(RunState::complete_with_failures), told)) == "failed");
  CHECK(names_of(events_of(report_in(RunState::cancelled), told)).empty());
}

TEST_CASE("four fifths of the quota are told once, and again only after it was below a half") {
  Told told;
  RunReport report = report_in(RunState::submitting);
  report.token_limit = 1000;
  const auto at = [&](std::int64_t enqueued) {
    report.usage.enqueued = enqueued;
    return names_of(events_of(report, told));
  };
  CHECK(at(799).empty());
  CHECK(at(800) == "quota");
  CHECK(at(1000).empty());
  CHECK(at(600).empty());
  CHECK(at(900).empty());
  CHECK(at(499).empty());
  CHECK(at(900) == "quota");
  report.token_limit.reset();
  CHECK(at(5000).empty());
}

TEST_CASE("what one process has told is not told again by the next") {
  Rig rig;
  rig.reopen();  // on disk
  rig.ask(6);
  REQUIRE(rig.submit(patiently(Goal::round)).exit == ExitCode::done);
  const RunReport report = rig.report();
  CHECK(names_of(take_events(rig.context, report)) == "done");
  rig.reopen();
  CHECK(take_events(rig.context, rig.report()).empty());
}
