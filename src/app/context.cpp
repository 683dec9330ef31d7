#include "app/context.hpp"

#include <cmath>

namespace batchctl::app {

bool is_interrupted(const Context& context) { return context.stop_signal && context.stop_signal() != 0; }

Fatal interruption(const Context& context, const std::string& words, const std::string& next) {
  const ExitCode exit = context.stop_signal() == 2 ? ExitCode::interrupted : ExitCode::terminated;
  return {exit, "interrupted", words, next};
}

std::string run_directory(const Context& context, const RunId& run) { return context.state_path + ".d/" + run.value; }

std::string raw_directory(const Context& context, const RunId& run) { return run_directory(context, run) + "/raw"; }

Duration on_run_clock(const Context& context, Duration wall) { return scaled(wall, context.clock.scale()); }

Instant on_our_clock(const Context& context, Instant service_time) {
  if (context.service == nullptr) return service_time;
  return service_time - context.service->clock_skew().value_or(Duration{0});
}

Duration in_flight_window(const Context& context) {
  return on_run_clock(context, context.timing.send + context.timing.effect);
}

Duration settle_window(const Context& context, std::uint64_t file_bytes) {
  return in_flight_window(context) + on_run_clock(context, CreateTiming::growth(file_bytes)) + context.timing.listed;
}

Duration time_since(const Context& context, std::chrono::nanoseconds then) {
  const auto passed = static_cast<double>((context.clock.boot_now() - then).count());
  return Duration{std::llround(passed * context.clock.scale() / 1e6)};
}

Instant steady_now(const Context& context) {
  const auto since_boot = std::chrono::duration_cast<Duration>(context.clock.boot_now());
  return Instant{on_run_clock(context, since_boot)};
}

}  // namespace batchctl::app
