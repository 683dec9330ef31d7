#include "os/system_clock.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"

using namespace batchctl;
using namespace batchctl::os;
using std::chrono::nanoseconds;

namespace {

using Wall = std::chrono::sys_time<nanoseconds>;

Instant at(const char* text) { return parse_rfc3339(text).value(); }
Wall wall(const char* text, nanoseconds more = nanoseconds{0}) { return Wall{at(text)} + more; }

/// The message of the Fatal{usage} that `call` throws; empty when it throws none.
template <class Call>
std::string usage_error(Call call) {
  try {
    call();
  } catch (const Fatal& problem) {
    CHECK(problem.exit() == ExitCode::usage);
    CHECK_FALSE(problem.next().empty());
    return problem.what();
  }
  return {};
}

bool names(const std::string& message, const std::string& word) { return message.find(word) != std::string::npos; }

}  // namespace

TEST_CASE("the scaled clock reads the epoch plus the scaled time since") {
  const ClockSetting setting = parse_clock("1000@2026-11-22T00:00:00Z");
  CHECK(setting.scale == 1000.0);
  CHECK(scaled_instant(setting, wall("2026-11-22T00:00:00Z")) == at("2026-11-22T00:00:00Z"));
  CHECK(scaled_instant(setting, wall("2026-11-22T00:00:01Z")) == at("2026-11-22T00:16:40Z"));
  CHECK(scaled_instant(setting, wall("2026-11-22T00:01:26.400Z")) == at("2026-11-23T00:00:00Z"));
}

TEST_CASE("a scaled clock moves within one millisecond of wall time") {
  const ClockSetting setting = parse_clock("1000@2026-11-22T00:00:00Z");
  CHECK(scaled_instant(setting, wall("2026-11-22T00:00:00Z", nanoseconds{250'000})) == at("2026-11-22T00:00:00.250Z"));
}

TEST_CASE("an epoch may carry a fraction and the scale too") {
  const ClockSetting setting = parse_clock("2.5@2026-11-22T00:00:00.500Z");
  CHECK(scaled_instant(setting, wall("2026-11-22T00:00:02.500Z")) == at("2026-11-22T00:00:05.500Z"));
}

TEST_CASE("before an epoch that lies in the future the clock counts up to it") {
  const ClockSetting setting = parse_clock("60@2026-11-22T01:00:00Z");
  CHECK(scaled_instant(setting, wall("2026-11-22T00:59:00Z")) == at("2026-11-22T00:00:00Z"));
  CHECK(scaled_instant(setting, wall("2026-11-22T01:00:00Z")) == at("2026-11-22T01:00:00Z"));
}

TEST_CASE("before the epoch a broken millisecond is rounded down as after it") {
  const ClockSetting setting = parse_clock("0.5@2026-11-22T00:00:00Z");
  CHECK(scaled_instant(setting, wall("2026-11-21T23:59:59.999Z")) == at("2026-11-21T23:59:59.999Z"));
  CHECK(scaled_instant(setting, wall("2026-11-22T00:00:00.001Z")) == at("2026-11-22T00:00:00Z"));
}

TEST_CASE("a scale of 1 is the wall clock, whatever the epoch") {
  const ClockSetting setting = parse_clock("1@2000-01-01T00:00:00Z");
  CHECK(scaled_instant(setting, wall("2026-11-22T10:15:30.250Z", nanoseconds{999})) == at("2026-11-22T10:15:30.250Z"));
}

TEST_CASE("an absurd scale ends at the last instant instead of wrapping around") {
  const ClockSetting setting = parse_clock("1e300@2026-11-22T00:00:00Z");
  CHECK(scaled_instant(setting, wall("2026-11-22T00:00:01Z")) == Instant::max());
  CHECK(scaled_instant(setting, wall("2026-11-21T23:59:59Z")) == Instant::min());
}

TEST_CASE("without a setting the clock is the system's") {
  CHECK(parse_clock("").scale == 1.0);
  CHECK(parse_clock("  ").scale == 1.0);
  const SystemClock clock;
  const auto before = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  const Instant now = clock.now();
  const auto after = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  CHECK(clock.scale() == 1.0);
  CHECK(before <= now);
  CHECK(now <= after);
}

TEST_CASE("the time since boot never goes back and does not follow the scale") {
  const SystemClock clock("1000@2026-11-22T00:00:00Z");
  const auto first = clock.boot_now();
  CHECK(first > nanoseconds{0});
  CHECK(clock.boot_now() >= first);
  CHECK(clock.scale() == 1000.0);
}

TEST_CASE("a clock setting that is not SCALE@EPOCH is refused by the variable's name") {
  for (const char* text : {"1000", "@", "1000@", "@2026-11-22T00:00:00Z", "0@2026-11-22T00:00:00Z",
                           "-1@2026-11-22T00:00:00Z", "inf@2026-11-22T00:00:00Z", "nan@2026-11-22T00:00:00Z",
                           "1e999@2026-11-22T00:00:00Z", "10x@2026-11-22T00:00:00Z", "10@2026-11-22",
                           "10@2026-11-22T00:00:00Z@", "10@now", " 10@2026-11-22T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(names(usage_error([&] { parse_clock(text); }), "BATCHCTL_CLOCK"));
  }
}

TEST_CASE("without a setting the create protocol has the bounds of life") {
  const CreateTiming timing = parse_timing("");
  CHECK(timing.send == seconds{20});
  CHECK(timing.create == seconds{100});
  CHECK(timing.effect == seconds{120});
  CHECK(timing.listed == seconds{60});
}

TEST_CASE("any part of the timing can be given, in any order") {
  const CreateTiming all = parse_timing("send=2s,effect=5s,listed=5s,create=4s");
  CHECK(all.send == seconds{2});
  CHECK(all.effect == seconds{5});
  CHECK(all.listed == seconds{5});
  CHECK(all.create == seconds{4});

  const CreateTiming some = parse_timing("listed=0,send=0.25s");
  CHECK(some.send == milliseconds{250});
  CHECK(some.listed == seconds{0});
  CHECK(some.create == seconds{100});
  CHECK(some.effect == seconds{120});
}

TEST_CASE("an effect that is not given follows the create by 20 seconds") {
  CHECK(parse_timing("create=4s").effect == seconds{24});
  CHECK(parse_timing("create=4s,effect=4.5s").effect == milliseconds{4500});
}

TEST_CASE("a create that would outlast its effect is refused") {
  CHECK(names(usage_error([] { parse_timing("create=5s,effect=5s"); }), "below effect"));
  CHECK(names(usage_error([] { parse_timing("effect=5s"); }), "below effect"));
}

TEST_CASE("a timing that is not understood is refused by its word") {
  CHECK(names(usage_error([] { parse_timing("sned=2s"); }), "sned"));
  CHECK(names(usage_error([] { parse_timing("send"); }), "send"));
  CHECK(names(usage_error([] { parse_timing("send=fast"); }), "send"));
  CHECK(names(usage_error([] { parse_timing("send=2s,send=3s"); }), "twice"));
  CHECK(names(usage_error([] { parse_timing("create=0"); }), "create"));
  CHECK(names(usage_error([] { parse_timing("send=2s,,create=4s"); }), "BATCHCTL_TIMING"));
}
