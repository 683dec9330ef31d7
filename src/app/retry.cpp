#include "app/retry.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "app/purge.hpp"
#include "app/runs.hpp"
#include "plan/run_state.hpp"
#include "records/repair_source.hpp"

namespace batchctl::app {

namespace {

void must_be_planned(const Run& run) {
  if (run.scanned) return;
  throw Fatal(ExitCode::not_finished, "not_planned",
              fmt::format("the input of run {} is not read completely yet", run.name), "batchctl resume " + run.name);
}

void must_not_be_cancelling(Context& context, const Run& run) {
  if (!run.cancel_requested_at || plan::all_rest({.chunks = context.store.chunk_tally(run.key)})) return;
  throw Fatal(ExitCode::not_finished, "cancelling", fmt::format("run {} is still being cancelled", run.name),
              fmt::format("batchctl cancel {} --wait, then retry", run.name));
}

}  // namespace

Retried retry(Context& context, const RetryRequest& request) {
  must_be_original(context);
  Run run = one_run(context, request.run_name);
  must_not_be_purged(context, run);
  std::unique_ptr<FileLock> lock = lock_run(context, run);
  check_key(context, run);
  run = context.store.run(run.key);
  must_be_planned(run);
  must_not_be_cancelling(context, run);
  RepairSource(context.store.inputs(run.key), run.settings, request.wish.overrides);  // throws before anything changes
  context.store.write([&] {
    try_again(context, run);
    if (run.cancel_requested_at) {
      context.store.withdraw_cancel(run.key);
      context.store.note(run.key, {}, context.clock.now(), "cancel_withdrawn", "a person asked for more answers");
    }
    run = context.store.run(run.key);
    request.choose(run.options);
    context.store.set_options(run.key, run.options);
  });
  std::vector<std::unique_ptr<Driver>> drivers;
  drivers.push_back(
      std::make_unique<Driver>(context, run.key, std::move(lock), Mandate{true, !request.stay.wait, true}));
  Retried retried;
  retried.records = drivers.front()->repair(request.wish);
  retried.driven = drive(context, drivers, request.stay).front();
  return retried;
}

}  // namespace batchctl::app
