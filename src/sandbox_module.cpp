#include "sandbox_module.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "base/error.hpp"
#include "plan/estimate.hpp"
#include "sandbox/guide.hpp"
#include "sandbox/sandbox.hpp"

namespace {

using namespace batchctl;

int run(const cli::SandboxArguments& arguments, bool (*should_stop)()) {
  sandbox::Options options;
  options.port = arguments.port;
  sandbox::Scenario& scenario = options.scenario;
  using sandbox::QuotaRule;
  if (arguments.max_jobs) quota_of(scenario, QuotaRule::Limit::jobs).most = *arguments.max_jobs;
  if (arguments.enqueued_tokens) quota_of(scenario, QuotaRule::Limit::tokens).most = *arguments.enqueued_tokens;
  options.seed = arguments.seed;
  options.dir = arguments.dir;
  options.time_scale = arguments.time_scale;
  if (arguments.epoch) options.epoch = *arguments.epoch;
  if (arguments.pending) scenario.jobs.pending = *arguments.pending;
  if (arguments.running) scenario.jobs.running = *arguments.running;
  scenario.tier = arguments.tier;
  for (const std::string& text : arguments.faults) {
    const auto order = sandbox::fault_of_text(text);
    if (!order)
      throw Fatal(ExitCode::usage, "usage", fmt::format("--fault {}: {}", text, order.error()),
                  "batchctl sandbox --help lists the words of orders");
    scenario.faults.push_back(order.value());
  }
  options.scenario_path = arguments.scenario;
  options.printed_tokens = [](const std::string& model, int tier) { return plan::printed_token_limit(model, tier); };
  return sandbox::run(options, should_stop, stdout);
}

}  // namespace

const SandboxModule batchctl_sandbox_module{run, sandbox::guide};
