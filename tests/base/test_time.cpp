#include "base/time.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace batchctl;

namespace {

Instant at(std::int64_t unix_seconds, std::int64_t ms = 0) { return Instant{seconds{unix_seconds} + milliseconds{ms}}; }

}  // namespace

TEST_CASE("an instant is spelled in UTC with milliseconds only when it has some") {
  CHECK(to_rfc3339(at(0)) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(at(1'795'342'530, 250)) == "2026-11-22T10:15:30.250Z");
  CHECK(to_rfc3339(at(1'795'342'530)) == "2026-11-22T10:15:30Z");
  CHECK(to_rfc3339(at(0, 7)) == "1970-01-01T00:00:00.007Z");
  CHECK(to_rfc3339(at(951'782'400)) == "2000-02-29T00:00:00Z");
}

TEST_CASE("an instant before 1970 keeps its date and a positive fraction") {
  CHECK(to_rfc3339(at(0, -1)) == "1969-12-31T23:59:59.999Z");
  CHECK(to_rfc3339(at(-86'400)) == "1969-12-31T00:00:00Z");
}

TEST_CASE("an instant outside of four-digit years is spelled as the nearest one inside") {
  CHECK(to_rfc3339(Instant::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(to_rfc3339(Instant::min()) == "0000-01-01T00:00:00Z");
}

TEST_CASE("RFC 3339 text with Z is read") {
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == at(0));
  CHECK(parse_rfc3339("2026-11-22T10:15:30Z") == at(1'795'342'530));
  CHECK(parse_rfc3339("2026-11-22t10:15:30z") == at(1'795'342'530));
  CHECK(parse_rfc3339("1969-12-31T23:59:59.999Z") == at(0, -1));
  CHECK(parse_rfc3339("0000-01-01T00:00:00Z").has_value());
}

TEST_CASE("a fraction of 1 to 9 digits is read and cut to milliseconds") {
  CHECK(parse_rfc3339("1970-01-01T00:00:01.5Z") == at(1, 500));
  CHECK(parse_rfc3339("1970-01-01T00:00:01.05Z") == at(1, 50));
  CHECK(parse_rfc3339("1970-01-01T00:00:01.250Z") == at(1, 250));
  CHECK(parse_rfc3339("1970-01-01T00:00:01.999999Z") == at(1, 999));
  CHECK(parse_rfc3339("1970-01-01T00:00:01.123456789Z") == at(1, 123));
  CHECK(parse_rfc3339("1970-01-01T00:00:01.000000001Z") == at(1));
}

TEST_CASE("a fraction without digits or with more than 9 is refused") {
  CHECK_FALSE(parse_rfc3339("1970-01-01T00:00:01.Z").has_value());
  CHECK_FALSE(parse_rfc3339("1970-01-01T00:00:01.1234567890Z").has_value());
  CHECK_FALSE(parse_rfc3339("1970-01-01T00:00:01,5Z").has_value());
}

TEST_CASE("a numeric offset is subtracted") {
  CHECK(parse_rfc3339("1970-01-01T02:00:00+02:00") == at(0));
  CHECK(parse_rfc3339("1969-12-31T19:00:00-05:00") == at(0));
  CHECK(parse_rfc3339("1970-01-01T05:45:00.250+05:45") == at(0, 250));
  CHECK(parse_rfc3339("1970-01-01T00:00:00-00:00") == at(0));
  CHECK(parse_rfc3339("2024-03-01T00:30:00+01:00") == parse_rfc3339("2024-02-29T23:30:00Z"));
}

TEST_CASE("an offset of another form is refused") {
  for (const std::string offset : {"", "+0200", "+02", "+2:00", "+24:00", "+02:60", "02:00", "ZZ", "Z+00:00", " Z"}) {
    CAPTURE(offset);
    CHECK_FALSE(parse_rfc3339("1970-01-01T00:00:00" + offset).has_value());
  }
}

TEST_CASE("February 29 exists in leap years only") {
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z") == at(1'709'164'800));
  CHECK(parse_rfc3339("2000-02-29T00:00:00Z") == at(951'782'400));
  CHECK_FALSE(parse_rfc3339("2023-02-29T00:00:00Z").has_value());
  CHECK_FALSE(parse_rfc3339("1900-02-29T00:00:00Z").has_value());
  CHECK_FALSE(parse_rfc3339("2024-02-30T00:00:00Z").has_value());
}

TEST_CASE("a date or a time that does not exist is refused") {
  for (const char* text :
       {"2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}

TEST_CASE("text that is not RFC 3339 is refused") {
  for (const char* text :
       {"", "Z", "now", "2026-01-01", "2026-01-01T00:00Z", "2026-01-01 00:00:00Z", "26-01-01T00:00:00Z",
        "2026-1-01T00:00:00Z", "+2026-01-01T00:00:00Z", "12026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ",
        " 2026-01-01T00:00:00Z", "2026-01-01T-1:00:00Z", "2026/01/01T00:00:00Z", "2026-01-01T00:00:00", "2026-0"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}

TEST_CASE("a leap second is the second after it, and only stands at the end of a month in UTC") {
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
  CHECK(parse_rfc3339("2016-12-31T23:59:60.500Z") == parse_rfc3339("2017-01-01T00:00:00.500Z"));
  CHECK(parse_rfc3339("1990-12-31T15:59:60-08:00") == parse_rfc3339("1991-01-01T00:00:00Z"));
  CHECK_FALSE(parse_rfc3339("2016-12-31T23:58:60Z").has_value());
  CHECK_FALSE(parse_rfc3339("2016-12-30T23:59:60Z").has_value());
  CHECK_FALSE(parse_rfc3339("2016-12-31T23:59:60+01:00").has_value());
}

TEST_CASE("an instant survives being spelled and read again") {
  const std::vector<std::int64_t> instants{0,    1,          -1,         999,           -62'167'219'200'000,
                                           1000, 1234567890, -987654321, 1795342530250, 253'402'300'799'999};
  for (const std::int64_t ms : instants) {
    CAPTURE(ms);
    CHECK(parse_rfc3339(to_rfc3339(from_unix_ms(ms))) == from_unix_ms(ms));
    CHECK(to_unix_ms(from_unix_ms(ms)) == ms);
  }
}

TEST_CASE("a duration is read in every unit and in sums of units") {
  CHECK(parse_duration("90s") == seconds{90});
  CHECK(parse_duration("15m") == minutes{15});
  CHECK(parse_duration("1h30m") == minutes{90});
  CHECK(parse_duration("2d") == hours{48});
  CHECK(parse_duration("250ms") == milliseconds{250});
  CHECK(parse_duration("1d2h3m4s5ms") == hours{26} + minutes{3} + seconds{4} + milliseconds{5});
  CHECK(parse_duration("1m1ms") == minutes{1} + milliseconds{1});
  CHECK(parse_duration("007s") == seconds{7});
  CHECK(parse_duration("0s") == seconds{0});
  CHECK(parse_duration("0") == seconds{0});
}

TEST_CASE("a fraction of a duration is rounded to the millisecond") {
  CHECK(parse_duration("2.5s") == milliseconds{2500});
  CHECK(parse_duration("1.5h") == minutes{90});
  CHECK(parse_duration("0.25d") == hours{6});
  CHECK(parse_duration("1.5h2.5s") == minutes{90} + milliseconds{2500});
  CHECK(parse_duration("34.074824224s") == milliseconds{34'075});
  CHECK(parse_duration("0.5ms") == milliseconds{1});
  CHECK(parse_duration("0.4ms") == milliseconds{0});
  CHECK(parse_duration("0.99999999999999999999999s") == seconds{1});
}

TEST_CASE("text that is not a duration is refused") {
  for (const char* text : {"",     "s",     "5",    "00",    "0.0",    "-5s", "+5s",  "5 s",  " 5s", "5s ",
                           "1.s",  ".5s",   "1.",   "1..5s", "1.5.5s", "5S",  "5min", "5sec", "1w",  "1,5s",
                           "1h30", "30m1h", "1h1h", "1e3s",  "inf",    "nan", "0x5s", "1hm",  "5sm", "5mss"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("a duration that does not fit is refused, the largest one that fits is not") {
  CHECK(parse_duration("9223372036854775807ms") == Duration::max());
  CHECK_FALSE(parse_duration("9223372036854775808ms").has_value());
  CHECK_FALSE(parse_duration("9223372036854775807.5ms").has_value());
  CHECK_FALSE(parse_duration("99999999999999999999999999s").has_value());
  CHECK_FALSE(parse_duration("106751991168d").has_value());
  CHECK(parse_duration("106751991167d").has_value());
  CHECK_FALSE(parse_duration("106751991167d24h").has_value());
}

TEST_CASE("a duration is spelled in its two largest units") {
  CHECK(spell_duration(minutes{12}) == "12 min");
  CHECK(spell_duration(minutes{90}) == "1 h 30 min");
  CHECK(spell_duration(seconds{45}) == "45 s");
  CHECK(spell_duration(hours{51}) == "2 days 3 h");
  CHECK(spell_duration(hours{24}) == "1 day");
  CHECK(spell_duration(hours{25}) == "1 day 1 h");
  CHECK(spell_duration(seconds{90}) == "1 min 30 s");
  CHECK(spell_duration(hours{1} + seconds{59}) == "1 h");
  CHECK(spell_duration(hours{24} + minutes{59}) == "1 day");
}

TEST_CASE("a duration is rounded down when it is spelled, and tenths show only below ten seconds") {
  CHECK(spell_duration(milliseconds{0}) == "0 s");
  CHECK(spell_duration(milliseconds{1}) == "1 ms");
  CHECK(spell_duration(milliseconds{999}) == "999 ms");
  CHECK(spell_duration(milliseconds{1'000}) == "1 s");
  CHECK(spell_duration(milliseconds{1'099}) == "1 s");
  CHECK(spell_duration(milliseconds{2'500}) == "2.5 s");
  CHECK(spell_duration(milliseconds{9'999}) == "9.9 s");
  CHECK(spell_duration(milliseconds{10'900}) == "10 s");
  CHECK(spell_duration(milliseconds{59'999}) == "59 s");
  CHECK(spell_duration(milliseconds{3'599'999}) == "59 min 59 s");
}

TEST_CASE("a negative duration is spelled with a minus, also the smallest one") {
  CHECK(spell_duration(-minutes{90}) == "-1 h 30 min");
  CHECK(spell_duration(milliseconds{-5}) == "-5 ms");
  CHECK(spell_duration(Duration::min()) == "-106751991167 days 7 h");
  CHECK(spell_duration(Duration::max()) == "106751991167 days 7 h");
}

TEST_CASE("a scaled duration is rounded to the nearest millisecond") {
  CHECK(scaled(seconds{10}, 1.5) == seconds{15});
  CHECK(scaled(milliseconds{3}, 0.5) == milliseconds{2});
  CHECK(scaled(milliseconds{1}, 0.4) == milliseconds{0});
  CHECK(scaled(seconds{10}, 0.0) == seconds{0});
  CHECK(scaled(seconds{10}, -1.0) == -seconds{10});
}

TEST_CASE("a scaled duration stops at the ends of Duration") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(scaled(Duration::max(), 2.0) == Duration::max());
  CHECK(scaled(Duration::max(), 1.0) == Duration::max());
  CHECK(scaled(Duration::min(), 1.0) == Duration::min());
  CHECK(scaled(Duration::max(), -2.0) == Duration::min());
  CHECK(scaled(Duration::min(), -2.0) == Duration::max());
  CHECK(scaled(seconds{1}, 1e300) == Duration::max());
  CHECK(scaled(seconds{1}, kInfinity) == Duration::max());
  CHECK(scaled(seconds{1}, -kInfinity) == Duration::min());
}

TEST_CASE("a scaled duration is zero when the product is not a number") {
  CHECK(scaled(seconds{1}, std::numeric_limits<double>::quiet_NaN()) == Duration::zero());
  CHECK(scaled(seconds{0}, std::numeric_limits<double>::infinity()) == Duration::zero());
}
