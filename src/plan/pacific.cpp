#include "plan/pacific.hpp"

namespace batchctl::plan {

using namespace std::chrono;

Duration pacific_offset(Instant at) {
  const year in{year_month_day{floor<days>(at)}.year()};
  // 2:00 PST on the second Sunday of March is 10:00 UTC; 2:00 PDT on the first Sunday of November is 9:00 UTC.
  const Instant begins = sys_days{in / March / Sunday[2]} + hours{10};
  const Instant ends = sys_days{in / November / Sunday[1]} + hours{9};
  return at >= begins && at < ends ? -hours{7} : -hours{8};
}

Instant next_pacific_midnight(Instant at) {
  const auto local_day = floor<days>(at + pacific_offset(at));
  const Instant local_midnight = local_day + days{1};
  // The change happens at 2:00, so the offset that holds at midnight is the one an hour of either reading agrees on.
  const Instant guess = local_midnight + hours{8};
  return local_midnight - pacific_offset(guess - hours{1});
}

}  // namespace batchctl::plan
