#include "app/resume.hpp"

#include <fmt/format.h>

#include <utility>

#include "app/planning.hpp"
#include "app/report.hpp"
#include "app/runs.hpp"

namespace batchctl::app {

namespace {

bool is_unfinished(Context& context, const Run& run) {
  const RunState state = report_run(context, run.key).state;
  return state != RunState::complete && state != RunState::complete_with_failures && state != RunState::cancelled;
}

/// Stored at once, also while another process drives: that one goes on with the rest.
void release(Context& context, const Run& run) {
  if (!run.settings.pilot) return context.observer.says(run, "has no pilot, so there was nothing to release");
  if (run.released_at)
    return context.observer.says(run, fmt::format("was released already ({})", to_rfc3339(*run.released_at)));
  context.store.write([&] {
    const Instant now = context.clock.now();
    context.store.note(run.key, {}, now, "released", "a person let go what waits behind the pilot");
    context.store.release(run.key, now);
  });
  context.observer.says(run, "released: what waited behind the pilot goes next");
}

}  // namespace

std::vector<Driven> resume(Context& context, const ResumeRequest& request) {
  if (request.take_over)
    context.store.write([&] { context.store.take_over(context.clock.now()); });
  else
    must_be_original(context);
  std::vector<Run> runs;
  if (request.run_name) {
    runs.push_back(one_run(context, request.run_name));
  } else {
    for (Run& run : context.store.runs())
      if (is_unfinished(context, run)) runs.push_back(std::move(run));
  }
  const bool alone = runs.size() == 1;
  if (request.release && runs.size() > 1) {
    std::string list;
    for (const Run& run : runs) list += (list.empty() ? "" : ", ") + run.name;
    throw Fatal(ExitCode::usage, "which_run", "--release is for one run, and there are several: " + list,
                "name the run that is to be released");
  }
  if (request.release)
    for (const Run& run : runs) release(context, run);
  std::vector<Driven> results;
  std::vector<std::unique_ptr<Driver>> drivers;
  for (Run& run : runs) {
    try {
      std::unique_ptr<FileLock> lock = lock_run(context, run);
      check_key(context, run);
      context.store.write([&] {
        try_again(context, run);
        run = context.store.run(run.key);
        request.choose(run.options);
        must_know_price(context, run.settings.model, run.options);
        context.store.set_options(run.key, run.options);
      });
      PlanSurvey survey;
      plan_chunks(context, run, false, survey);
      drivers.push_back(
          std::make_unique<Driver>(context, run.key, std::move(lock), Mandate{true, !request.stay.wait, true}));
    } catch (const Fatal& problem) {
      // One run that cannot go on does not keep the others waiting.
      const bool only_this_run = problem.exit() == ExitCode::busy || problem.exit() == ExitCode::attention ||
                                 problem.exit() == ExitCode::mismatch || problem.exit() == ExitCode::failed ||
                                 problem.code() == "no_price";
      if (alone || !only_this_run) throw;
      context.observer.says(run, problem.what());
      const bool still_there = context.store.run_named(run.name).has_value();  // a run of bad input is forgotten
      results.push_back({problem.exit(), still_there ? run.key : RunKey{}, {}});
    }
  }
  if (!drivers.empty())
    for (Driven& driven : drive(context, drivers, request.stay)) results.push_back(std::move(driven));
  return results;
}

}  // namespace batchctl::app
