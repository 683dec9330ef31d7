#include "app/look.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "app/ask.hpp"
#include "app/quota_view.hpp"
#include "plan/quota.hpp"

namespace batchctl::app {

namespace {

constexpr Duration kFreshEnough = seconds{30};
constexpr std::chrono::seconds kAtMost{5};

}  // namespace

std::string look(Context& context, const Run& run) {
  std::unordered_map<JobName, Job> unseen;
  for (HeldJob& held : context.store.live_jobs(run.project))
    if (held.run == run.key) unseen.emplace(held.job.name.value(), std::move(held.job));
  if (unseen.empty()) return {};
  const std::optional<Instant> newest = context.store.newest_observation(run.key);
  if (newest && context.clock.now() - *newest <= kFreshEnough) return {};
  if (context.service == nullptr) return "no key, so the service was not asked";

  const auto until = context.clock.boot_now() + kAtMost;
  std::string page;
  do {
    const std::optional<Answer> answer = ask(context, ListJobs{page}, until - context.clock.boot_now());
    if (!answer) return "the service did not answer in time; this is what was known before";
    if (const auto* failure = std::get_if<Failure>(&*answer))
      return "the service could not be asked: " + failure->message;
    const JobPage& jobs = std::get<JobPage>(*answer);
    const Instant now = context.clock.now();
    context.store.write([&] {
      for (const Observation& seen : jobs.jobs) {
        const auto found = unseen.find(seen.name);
        if (found == unseen.end()) continue;
        context.store.observe(found->second.key, seen, now);
        if (seen.ended) note_ended(context, run, found->second, now);
        unseen.erase(found);
      }
    });
    page = jobs.next_page;
  } while (!page.empty() && !unseen.empty());
  return {};
}

}  // namespace batchctl::app
