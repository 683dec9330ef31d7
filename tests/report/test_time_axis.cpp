#include "report/time_axis.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace batchctl;
using report::TimeAxis;

namespace {

Instant at(const char* text) { return parse_rfc3339(text).value(); }

std::vector<std::string> clocks(const std::vector<report::TimeTick>& ticks) {
  std::vector<std::string> all;
  for (const report::TimeTick& tick : ticks) all.push_back(tick.clock + (tick.day.empty() ? "" : "/" + tick.day));
  return all;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("every instant has one column, and what lies outside has the nearest") {
  const TimeAxis axis = report::time_axis(from_unix_ms(1'000), from_unix_ms(241'000));  // a second a column
  CHECK(axis.column(from_unix_ms(0)) == 0);
  CHECK(axis.column(from_unix_ms(1'000)) == 0);
  CHECK(axis.column(from_unix_ms(2'000)) == 0);  // its end belongs to it
  CHECK(axis.column(from_unix_ms(2'001)) == 1);
  CHECK(axis.column(from_unix_ms(241'000)) == TimeAxis::kColumns - 1);
  CHECK(axis.column(from_unix_ms(900'000)) == TimeAxis::kColumns - 1);
  CHECK(axis.end_of(0) == from_unix_ms(2'000));
  CHECK(axis.end_of(TimeAxis::kColumns - 1) == axis.to);
  for (int ms = 1'000; ms <= 241'000; ms += 37) {
    const int column = axis.column(from_unix_ms(ms));
    CAPTURE(ms);
    CHECK(axis.end_of(column) >= from_unix_ms(ms));
    if (column > 0) CHECK(axis.end_of(column - 1) < from_unix_ms(ms));
  }
}

TEST_CASE("an axis is never empty, even of a run of a moment or with a clock that was set back") {
  const Instant now = at("2026-11-26T12:00:00Z");
  CHECK(report::time_axis(now, now).to == now + seconds{1});
  CHECK(report::time_axis(now, now - hours{3}).to == now + seconds{1});
}

TEST_CASE("ticks are round times of UTC, and few, however long a run takes") {
  CHECK(clocks(report::time_ticks({at("2026-11-26T12:00:01.5Z"), at("2026-11-26T12:00:05Z")})) ==
        Words{"12:00:02/26 Nov 2026", "12:00:03", "12:00:04", "12:00:05"});
  CHECK(clocks(report::time_ticks({at("2026-11-26T11:50:00Z"), at("2026-11-26T14:10:00Z")})) ==
        Words{"12:00/26 Nov 2026", "12:30", "13:00", "13:30", "14:00"});
  CHECK(clocks(report::time_ticks({at("2026-12-31T20:00:00Z"), at("2027-01-01T09:00:00Z")})) ==
        Words{"20:00/31 Dec 2026", "22:00", "00:00/1 Jan", "02:00", "04:00", "06:00", "08:00"});
  CHECK(clocks(report::time_ticks({at("2026-11-26T20:00:00Z"), at("2026-11-30T09:00:00Z")})) ==
        Words{"27 Nov/2026", "28 Nov", "29 Nov", "30 Nov"});
  for (std::int64_t ms = 1'000; ms < std::int64_t{4'000} * 24 * 3'600'000; ms = ms * 3 / 2) {
    const Instant from = at("2026-11-26T11:50:17Z");
    const std::size_t n = report::time_ticks({from, from + milliseconds{ms}}).size();
    CAPTURE(ms);
    CHECK(n >= 1);
    CHECK(n <= 7);
  }
}
