// submit: scan, check and plan the input, store the plan, then drive.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/drive.hpp"
#include "app/plan_summary.hpp"

namespace batchctl::app {

struct SubmitRequest {
  std::vector<std::string> inputs;      // as typed
  std::optional<std::string> run_name;  // default: stem of the first input
  Settings settings;
  std::function<void(Options&)> choose;  // puts the options that were given over the remembered ones
  std::string project;
  bool dry_run = false;    // only plan: nothing is stored or sent
  bool calibrate = false;  // ask the service what a few records' tokens are, before the chunks are cut
  /// Asked once, when the plan is stored and before anything of the run was ever sent; not set: yes. No: the run is
  /// forgotten.
  std::function<bool(const PlanSummary&)> agree{};
  Stay stay{Goal::submitted, false, std::nullopt, seconds{60}};
};

/// The name of a run of these inputs. Throws Fatal{usage, "run_name"} when it cannot be one.
std::string name_for(const SubmitRequest& request);

/// What submit would do. Sends nothing but the samples of a calibration that was asked for, stores nothing.
PlanSummary plan_only(Context& context, const SubmitRequest& request);

/// Before the first byte is sent the plan is told through `planned`. Throws Fatal{failed, "declined"} when
/// `request.agree` says no.
Driven submit(Context& context, const SubmitRequest& request,
              const std::function<void(const Run&, bool fresh)>& planned);

}  // namespace batchctl::app
