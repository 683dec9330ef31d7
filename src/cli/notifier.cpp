#include "cli/notifier.hpp"

#include <exception>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/documents.hpp"

namespace batchctl::cli {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAtMostOnce{1};
constexpr std::chrono::seconds kOld{15};       // what was observed of jobs is no move
constexpr std::chrono::seconds kLastWords{5};  // for commands that still run when we end

}  // namespace

void Notifier::moved(const Move& move) {
  changed_ = true;
  next_.moved(move);
}

void Notifier::says(const Run& run, const std::string& line) {
  changed_ = true;
  next_.says(run, line);
}

void Notifier::turned(const Run& run) {
  next_.turned(run);
  if (!run.options.on_event) return;
  look_after();
  const auto now = SteadyClock::now();
  if (now < (changed_ ? due_ : old_at_)) return;
  tell(run);
  changed_ = false;
  due_ = now + kAtMostOnce;
  old_at_ = now + kOld;
}

void Notifier::ends_with(const Run& run) {
  if (run.options.on_event) tell(run);
}

void Notifier::tell(const Run& run) {
  try {
    const app::RunReport report = look_(run.key);
    for (const app::Event& event : take_(report))
      running_.push_back(start_(*run.options.on_event, redacted(to_line(notice_document(event, report))) + "\n"));
  } catch (const std::exception& problem) {
    log(LogLevel::warn, "--on-event of run {}: {}", run.name, problem.what());
  }
}

void Notifier::look_after() {
  for (auto command = running_.begin(); command != running_.end();) {
    if (!(*command)->is_over()) {
      ++command;
      continue;
    }
    const std::string problem = (*command)->problem();
    const std::string output = one_line((*command)->output());
    if (!problem.empty())
      log(LogLevel::warn, "--on-event: {}{}{}", problem, output.empty() ? "" : ": ", output);
    else if (!output.empty())
      log(LogLevel::info, "--on-event: {}", output);
    command = running_.erase(command);
  }
}

void Notifier::finish() {
  const auto until = SteadyClock::now() + kLastWords;
  for (look_after(); !running_.empty() && SteadyClock::now() < until; look_after())
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  if (!running_.empty()) log(LogLevel::warn, "--on-event: it still runs when batchctl ends, and is ended");
  running_.clear();
}

}  // namespace batchctl::cli
