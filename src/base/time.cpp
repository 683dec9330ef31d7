#include "base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

#include "base/error.hpp"

namespace batchctl {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Eats a text from the front; every step says whether it matched.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool eat(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool eat(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  std::string_view digits() {
    std::size_t count = 0;
    while (count < rest_.size() && is_digit(rest_[count])) ++count;
    const std::string_view found = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return found;
  }

  /// Exactly `count` digits, or -1.
  int number(std::size_t count) {
    if (rest_.size() < count) return -1;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (!is_digit(c)) return -1;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

 private:
  std::string_view rest_;
};

/// The digits after a decimal point in billionths; more than nine digits say nothing that a millisecond could hold.
std::int64_t billionths(std::string_view digits) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 9; ++i) value = value * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return value;
}

struct Unit {
  std::string_view sign;
  std::int64_t ms;
};

// Largest first, the order in which a duration names them.
constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

/// The unit at the cursor as an index into kUnits, or kUnits.size(). Tried from the back: `ms` begins like `m`.
std::size_t eat_unit(Cursor& cursor) {
  for (std::size_t i = kUnits.size(); i-- > 0;) {
    if (cursor.eat(kUnits[i].sign)) return i;
  }
  return kUnits.size();
}

}  // namespace

std::string to_rfc3339(Instant at) {
  constexpr Instant kFirst = sys_days{std::chrono::year{0} / 1 / 1};
  constexpr Instant kLast = sys_days{std::chrono::year{9999} / 12 / 31} + days{1} - milliseconds{1};
  at = std::clamp(at, kFirst, kLast);

  const sys_days day = floor<days>(at);
  const year_month_day date{day};
  const std::int64_t ms_of_day = (at - day).count();
  const std::int64_t fraction = ms_of_day % 1000;
  const std::int64_t second = ms_of_day / 1000;
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), second / 3600,
                                 second / 60 % 60, second % 60);
  if (fraction != 0) text += fmt::format(".{:03}", fraction);
  return text + 'Z';
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  Cursor cursor(text);
  const int year = cursor.number(4);
  if (year < 0 || !cursor.eat('-')) return std::nullopt;
  const int month = cursor.number(2);
  if (month < 1 || !cursor.eat('-')) return std::nullopt;
  const int day = cursor.number(2);
  if (day < 1 || !(cursor.eat('T') || cursor.eat('t'))) return std::nullopt;
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;

  const int hour = cursor.number(2);
  if (hour < 0 || hour > 23 || !cursor.eat(':')) return std::nullopt;
  const int minute = cursor.number(2);
  if (minute < 0 || minute > 59 || !cursor.eat(':')) return std::nullopt;
  const int second = cursor.number(2);
  if (second < 0 || second > 60) return std::nullopt;

  milliseconds fraction{0};
  if (cursor.eat('.')) {
    const std::string_view digits = cursor.digits();
    if (digits.empty() || digits.size() > 9) return std::nullopt;
    fraction = milliseconds{billionths(digits) / 1'000'000};
  }

  minutes offset{0};
  if (!cursor.eat('Z') && !cursor.eat('z')) {
    const bool is_behind = cursor.eat('-');
    if (!is_behind && !cursor.eat('+')) return std::nullopt;
    const int offset_hours = cursor.number(2);
    if (offset_hours < 0 || offset_hours > 23 || !cursor.eat(':')) return std::nullopt;
    const int offset_minutes = cursor.number(2);
    if (offset_minutes < 0 || offset_minutes > 59) return std::nullopt;
    offset = hours{offset_hours} + minutes{offset_minutes};
    if (is_behind) offset = -offset;
  }
  if (!cursor.at_end()) return std::nullopt;

  const Instant whole = sys_days{date} + hours{hour} + minutes{minute} + seconds{second} - offset;
  if (second == 60) {
    // RFC 3339, 5.7: a leap second is the last one of a month in UTC. Unix time counts it as the second after.
    const sys_days next_day = floor<days>(whole);
    if (whole != next_day || year_month_day{next_day}.day() != std::chrono::day{1}) return std::nullopt;
  }
  return whole + fraction;
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{0};

  Cursor cursor(text);
  std::int64_t total = 0;
  std::size_t allowed_from = 0;
  do {
    const std::string_view whole = cursor.digits();
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), count);
    if (whole.empty() || error != std::errc{}) return std::nullopt;

    std::string_view fraction;
    if (cursor.eat('.')) {
      fraction = cursor.digits();
      if (fraction.empty()) return std::nullopt;
    }

    const std::size_t unit = eat_unit(cursor);
    if (unit == kUnits.size() || unit < allowed_from) return std::nullopt;
    allowed_from = unit + 1;

    const std::int64_t part = (billionths(fraction) * kUnits[unit].ms + 500'000'000) / 1'000'000'000;
    std::int64_t ms = 0;
    if (__builtin_mul_overflow(count, kUnits[unit].ms, &ms)) return std::nullopt;
    if (__builtin_add_overflow(ms, part, &ms)) return std::nullopt;
    if (__builtin_add_overflow(total, ms, &total)) return std::nullopt;
  } while (!cursor.at_end());
  return Duration{total};
}

std::string spell_duration(Duration length) {
  const std::int64_t count = length.count();
  // Unsigned, because the smallest Duration has no positive counterpart.
  const std::uint64_t ms =
      count < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  const std::string sign = count < 0 ? "-" : "";
  if (ms == 0) return "0 s";
  if (ms < 1'000) return fmt::format("{}{} ms", sign, ms);
  if (ms < 10'000 && ms % 1'000 >= 100) return fmt::format("{}{}.{} s", sign, ms / 1'000, ms % 1'000 / 100);

  struct Step {
    std::uint64_t ms;
    std::string_view one;
    std::string_view many;
  };
  constexpr std::array<Step, 4> kSteps{
      {{86'400'000, "day", "days"}, {3'600'000, "h", "h"}, {60'000, "min", "min"}, {1'000, "s", "s"}}};
  const auto spell = [](std::uint64_t number, const Step& step) {
    return fmt::format("{} {}", number, number == 1 ? step.one : step.many);
  };
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    const std::uint64_t first = ms / kSteps[i].ms;
    if (first == 0) continue;
    std::string text = sign + spell(first, kSteps[i]);
    if (i + 1 < kSteps.size()) {
      const std::uint64_t second = ms % kSteps[i].ms / kSteps[i + 1].ms;
      if (second != 0) text.append(" ").append(spell(second, kSteps[i + 1]));
    }
    return text;
  }
  throw Bug("a duration of a second or more has no unit");
}

Duration scaled(Duration length, double factor) {
  const double product = static_cast<double>(length.count()) * factor;
  if (std::isnan(product)) return Duration::zero();
  // 2^63 is the first double that no longer fits; -2^63 fits exactly.
  if (product >= 0x1.0p63) return Duration::max();
  if (product < -0x1.0p63) return Duration::min();
  return Duration{std::llround(product)};
}

}  // namespace batchctl
