#include "report/time_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace batchctl::report {

namespace {

constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::array<Duration, 20> kSteps = {seconds{1},  seconds{2},  seconds{5}, seconds{10}, seconds{15},
                                             seconds{30}, minutes{1},  minutes{2}, minutes{5},  minutes{10},
                                             minutes{15}, minutes{30}, hours{1},   hours{2},    hours{3},
                                             hours{6},    hours{12},   hours{24},  hours{48},   hours{7 * 24}};

Duration step_for(Duration span, int most) {
  // A span of n steps can hold n + 1 ticks.
  for (const Duration step : kSteps)
    if (span / step + 1 <= most) return step;
  Duration step = kSteps.back();
  while (span / step + 1 > most) step *= 2;
  return step;
}

std::string day_of(Instant at) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return fmt::format("{} {}", static_cast<unsigned>(day.day()), kMonths.at(static_cast<unsigned>(day.month()) - 1));
}

}  // namespace

TimeAxis time_axis(Instant from, Instant to) { return {from, std::max(to, from + seconds{1})}; }

double TimeAxis::share(Instant at) const {
  const double span = static_cast<double>((to - from).count());
  return std::clamp(static_cast<double>((at - from).count()) / span, 0.0, 1.0);
}

Instant TimeAxis::end_of(int column) const { return from + (to - from) * (column + 1) / kColumns; }

int TimeAxis::column(Instant at) const {
  int column = std::clamp(static_cast<int>(share(at) * kColumns), 0, kColumns - 1);
  while (column > 0 && end_of(column - 1) >= at) --column;
  while (column + 1 < kColumns && end_of(column) < at) ++column;
  return column;
}

std::vector<TimeTick> time_ticks(const TimeAxis& axis, int most) {
  const Duration step = step_for(axis.to - axis.from, most);
  std::vector<TimeTick> ticks;
  std::string day;
  const Duration since_epoch = axis.from.time_since_epoch();
  for (Instant at = Instant{(since_epoch + step - milliseconds{1}) / step * step}; at <= axis.to; at += step) {
    TimeTick tick{at, to_rfc3339(at).substr(11, step < minutes{1} ? 8 : 5), ""};
    const std::string today = to_rfc3339(at).substr(0, 10);
    if (step >= hours{24}) {
      tick.clock = day_of(at);
      if (ticks.empty()) tick.day = today.substr(0, 4);
    } else if (today != day) {
      tick.day = ticks.empty() ? fmt::format("{} {}", day_of(at), today.substr(0, 4)) : day_of(at);
    }
    day = today;
    ticks.push_back(std::move(tick));
  }
  return ticks;
}

std::string spell_instant(Instant at) {
  const std::string text = to_rfc3339(at);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

}  // namespace batchctl::report
