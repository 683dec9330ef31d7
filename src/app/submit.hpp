// submit: scan, check and plan the input, store the plan, then drive.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/drive.hpp"

namespace batchctl::app {

struct SubmitRequest {
  std::vector<std::string> inputs;      // as typed
  std::optional<std::string> run_name;  // default: stem of the first input
  Settings settings;
  std::function<void(Options&)> choose;  // puts the options that were given over the remembered ones
  std::string project;
  bool dry_run = false;    // only plan: nothing is stored or sent
  bool calibrate = false;  // ask the service what a few records' tokens are, before the chunks are cut
  Stay stay{Goal::submitted, false, std::nullopt, seconds{60}};
};

struct PlanSummary {
  std::string run_name;
  Settings settings;  // with the format that was found
  std::vector<Input> inputs;
  std::int64_t chunks = 0, records = 0, tokens = 0;
  std::uint64_t bytes = 0;
  UnsentTally unsent;
  std::int64_t pilot_records = 0, pilot_tokens = 0;           // 0: nothing waits behind a pilot
  std::int64_t waves = 0;                                     // times the quota must be filled
  double token_factor = 1.0;                                  // real tokens over estimated ones, as far as is known
  int token_samples = 0;                                      // asked for now
  std::optional<double> cost;                                 // USD of the input tokens
  std::vector<std::pair<std::string, std::string>> warnings;  // code, message
};

/// What submit would do. Sends nothing but the samples of a calibration that was asked for, stores nothing.
PlanSummary plan_only(Context& context, const SubmitRequest& request);

/// Before the first byte is sent the plan is told through `planned`.
Driven submit(Context& context, const SubmitRequest& request,
              const std::function<void(const Run&, bool fresh)>& planned);

}  // namespace batchctl::app
