#include "app/cancel.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "app/runs.hpp"
#include "base/crash_point.hpp"
#include "plan/run_state.hpp"

namespace batchctl::app {

std::optional<Run> wish_cancel(Context& context, const std::optional<std::string>& run_name) {
  must_be_original(context);
  const Run run = one_run(context, run_name);
  plan::RunFacts facts;
  facts.chunks = context.store.chunk_tally(run.key);
  if (plan::all_rest(facts)) return std::nullopt;
  context.store.write([&] {
    if (!run.cancel_requested_at)
      context.store.note(run.key, {}, context.clock.now(), "cancel_requested", "a person asked for it");
    context.store.request_cancel(run.key, context.clock.now());
    try_again(context, run);  // as resume does
  });
  crash_point(CrashPoint::cancel_wished);
  return context.store.run(run.key);
}

std::optional<Driven> cancel(Context& context, const Run& run, const Stay& stay) {
  std::unique_ptr<FileLock> lock = try_lock_run(context, run);
  if (!lock) return std::nullopt;
  check_key(context, run);
  std::vector<std::unique_ptr<Driver>> drivers;
  drivers.push_back(std::make_unique<Driver>(context, run.key, std::move(lock), Mandate{true, !stay.wait, true}));
  Driven driven = drive(context, drivers, stay).front();
  // That records have no answer is what was asked for.
  if (driven.exit == ExitCode::incomplete) driven.exit = ExitCode::done;
  return driven;
}

}  // namespace batchctl::app
