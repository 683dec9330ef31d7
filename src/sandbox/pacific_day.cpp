#include "sandbox/pacific_day.hpp"

namespace batchctl::sandbox {
namespace {

using namespace std::chrono;

Instant midnight_of(sys_days day) {
  const year in = year_month_day{day}.year();
  // The clocks change at 2:00, so the midnight of the very Sunday still is of the time before.
  const bool is_summer = day > sys_days{in / March / Sunday[2]} && day <= sys_days{in / November / Sunday[1]};
  return day + (is_summer ? hours{7} : hours{8});
}

}  // namespace

PacificDay pacific_day_of(Instant at) {
  const sys_days winter_day = floor<days>(at - hours{8});
  const sys_days day = at < midnight_of(winter_day + days{1}) ? winter_day : winter_day + days{1};
  return {midnight_of(day), midnight_of(day + days{1})};
}

}  // namespace batchctl::sandbox
