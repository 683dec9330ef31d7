#include "app/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "app/ask.hpp"
#include "app/quota_view.hpp"
#include "base/count.hpp"
#include "base/text.hpp"

namespace batchctl::app {

namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr Duration kClockTolerance = minutes{2};
constexpr std::uint64_t kLittleRoom = 1'000'000'000;  // raw results come in pieces of up to 2 GB

Check well(const std::string& what, std::string says) { return {what, Health::well, std::move(says), "", {}}; }
Check unknown(const std::string& what, std::string says, std::string mend) {
  return {what, Health::unknown, std::move(says), std::move(mend), {}};
}
Check ill(const std::string& what, ExitCode exit, std::string says, std::string mend) {
  return {what, Health::ill, std::move(says), std::move(mend), exit};
}

Check key_check(const Surroundings& found) {
  if (!found.key_problem.empty()) return ill("key", ExitCode::attention, found.key_problem, found.key_mend);
  if (found.key_origin.empty())
    return ill("key", ExitCode::attention, "no API key was found",
               "export GEMINI_API_KEY=..., or give --api-key-file or --api-key-command");
  return well("key", fmt::format("found in {}", found.key_origin));
}

/// Whether the key is accepted, and what the clocks say.
void check_service(Context& context, const Surroundings& found, std::vector<Check>& checks) {
  const auto not_asked = [&](const std::string& why, const std::string& mend) {
    checks.push_back(unknown("service", "not asked: " + why, mend));
    checks.push_back(unknown("clock", "not compared with the service's: it was not asked", mend));
  };
  if (found.offline) return not_asked("--offline", "batchctl doctor");
  if (context.service == nullptr)
    return not_asked("there is no key to ask with", "batchctl doctor, once the key is there");
  const std::optional<Answer> answer = ask(context, ListJobs{}, kPatience);
  const Failure* failure = answer ? std::get_if<Failure>(&*answer) : nullptr;
  if (!answer)
    checks.push_back(unknown("service", fmt::format("{} did not answer in time", found.base_url),
                             "check the network and --base-url, then: batchctl doctor"));
  else if (failure == nullptr)
    checks.push_back(well("service", fmt::format("{} accepts the key", found.base_url)));
  else if (failure->kind == FailureKind::stopped)
    checks.push_back(
        ill("service", ExitCode::attention,
            fmt::format("{} refuses the key ({}): \"{}\"", found.base_url, failure->reason, one_line(failure->message)),
            failure->reason == "key" ? "put a valid key into " + found.key_origin
                                     : "see to the project as the service says, then: batchctl doctor"));
  else
    checks.push_back(unknown("service",
                             fmt::format("{} could not be asked: {}", found.base_url, one_line(failure->message)),
                             "check the network and --base-url, then: batchctl doctor"));
  const std::optional<Duration> skew = context.service->clock_skew();
  if (!skew)
    checks.push_back(unknown("clock", "not compared with the service's: it told no date", "batchctl doctor, later"));
  else if (std::chrono::abs(*skew) <= scaled(kClockTolerance, std::max(1.0, context.clock.scale())))
    checks.push_back(well("clock", "agrees with the service's to two minutes"));
  else
    checks.push_back(ill("clock", ExitCode::failed,
                         fmt::format("is {} {} the service's", spell_duration(std::chrono::abs(*skew)),
                                     *skew > Duration{} ? "behind" : "ahead of"),
                         "timedatectl set-ntp true"));
}

void check_place(Context& context, const Surroundings& found, std::vector<Check>& checks) {
  if (!found.directory_exists) {
    checks.push_back(well("directory", fmt::format("{} is not there yet; submit makes it", found.directory)));
  } else if (!found.directory_writable) {
    checks.push_back(ill("directory", ExitCode::failed, fmt::format("{} cannot be written by you", found.directory),
                         fmt::format("sudo chown \"$USER\" {0} && chmod 700 {0}", found.directory)));
  } else if ((found.directory_mode & 07U) != 0) {
    checks.push_back(unknown("directory",
                             fmt::format("{} can be entered or read by others (mode {:o}); what batchctl makes in it "
                                         "cannot",
                                         found.directory, found.directory_mode),
                             "chmod 700 " + found.directory));
  } else {
    checks.push_back(
        well("directory", fmt::format("{} is yours alone (mode {:o})", found.directory, found.directory_mode)));
  }
  const std::uint64_t free = context.files.free_bytes(found.directory);
  if (free < kLittleRoom)
    checks.push_back(ill("disk", ExitCode::failed,
                         fmt::format("{} are free below {}", spell_size(free), found.directory),
                         "make room there, or move the state: --state FILE"));
  else
    checks.push_back(well("disk", fmt::format("{} are free below {}", spell_size(free), found.directory)));
}

void check_database(Context& context, const Surroundings& found, std::vector<Check>& checks) {
  if (!found.database_problem.empty()) {
    checks.push_back(ill("database", ExitCode::failed, found.database_problem, found.database_mend));
    return;
  }
  if (!found.database_exists) {
    checks.push_back(well("database", "there is none yet; submit makes it"));
    return;
  }
  const std::vector<std::string> damage = context.store.damage();
  if (!damage.empty()) {
    checks.push_back(ill("database", ExitCode::failed,
                         fmt::format("{} is damaged: {}", context.state_path, one_line(damage.front())),
                         "restore it from a backup; a new one would create, and pay, everything again"));
    return;
  }
  if (const std::optional<std::string> copied = context.store.copied_from()) {
    checks.push_back(ill("database", ExitCode::attention, fmt::format("{} is a copy: {}", context.state_path, *copied),
                         "if the original is no longer used: batchctl resume --take-over"));
    return;
  }
  checks.push_back(well("database", fmt::format("{} is whole; {}", context.state_path,
                                                count(static_cast<std::int64_t>(context.store.runs().size()), "run"))));
}

/// Of each project and model that runs use: what holds, and who said so.
void check_limits(Context& context, std::vector<Check>& checks) {
  std::set<std::pair<std::string, std::string>> seen;
  const Instant now = context.clock.now();
  for (const Run& run : context.store.runs()) {
    if (!seen.emplace(run.project, run.settings.model).second) continue;
    const plan::QuotaView quota = read_quota(context, run, now);
    const plan::Limits limits = limits_of(context, run);
    const std::optional<std::int64_t> tokens = plan::token_limit(quota.model, limits);
    std::string origin = "no limit is known until the service refuses";
    if (quota.model.learned_tokens && tokens == quota.model.learned_tokens)
      origin = "learned from refusals";
    else if (run.options.enqueued_tokens)
      origin = fmt::format("--enqueued-tokens of run {}", run.name);
    else if (run.options.tier)
      origin = fmt::format("--tier {} of run {}", *run.options.tier, run.name);
    const plan::ModelFacts* facts = context.catalogue->find(run.settings.model);
    if (run.options.tier && !run.options.enqueued_tokens && facts != nullptr)
      origin += fmt::format(", {} of {}", facts->tokens_source.page, facts->tokens_source.date);
    const int jobs = plan::job_limit(quota, limits);
    checks.push_back(well(
        "limits",
        fmt::format("{}: {} ({}); {} at once ({})", run.settings.model,
                    tokens ? count(*tokens, "enqueued token") : "enqueued tokens unknown", origin, count(jobs, "job"),
                    quota.model.learned_jobs ? "learned from refusals" : "--max-jobs of run " + run.name)));
  }
}

}  // namespace

std::vector<Check> examine(Context& context, const Surroundings& found) {
  std::vector<Check> checks = {key_check(found)};
  check_service(context, found, checks);
  check_place(context, found, checks);
  check_database(context, found, checks);
  if (found.database_problem.empty()) check_limits(context, checks);
  return checks;
}

ExitCode exit_of(const std::vector<Check>& checks) {
  ExitCode exit = ExitCode::done;
  for (const Check& check : checks) {
    if (check.health != Health::ill) continue;
    if (check.exit == ExitCode::attention) return check.exit;
    exit = check.exit;
  }
  return exit;
}

}  // namespace batchctl::app
