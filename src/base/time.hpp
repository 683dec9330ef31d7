// Instants and durations: UTC milliseconds everywhere, in memory and in the database.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl {

using Duration = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline std::int64_t to_unix_ms(Instant at) { return at.time_since_epoch().count(); }
inline Instant from_unix_ms(std::int64_t ms) { return Instant{milliseconds{ms}}; }

/// `2026-11-22T10:15:30.250Z`; the fraction is left out when it is zero. The year has four
/// digits: an instant outside of 0000 to 9999 is spelled as the nearest one inside.
std::string to_rfc3339(Instant at);

/// RFC 3339 with 0 to 9 fraction digits and `Z` or a numeric offset; nullopt when it is not of that form.
/// Digits below a millisecond are dropped; a leap second is the second after it.
std::optional<Instant> parse_rfc3339(std::string_view text);

/// `90s`, `15m`, `1h30m`, `2d`, `250ms`, a fraction (`2.5s`), or a bare `0`; nullopt otherwise or when it does not fit.
/// Units go from large to small, each at most once; a fraction is rounded to the millisecond. Never negative.
std::optional<Duration> parse_duration(std::string_view text);

/// For people: `12 min`, `1 h 30 min`, `45 s`, `2 days 3 h`, `2.5 s`, `250 ms`. The two largest units, rounded down.
std::string spell_duration(Duration length);

/// `duration * factor` rounded, saturating at the ends of Duration; zero when the product is not a number.
Duration scaled(Duration length, double factor);

}  // namespace batchctl
