#include "app/calibration.hpp"

#include <algorithm>
#include <utility>

#include "app/ask.hpp"
#include "base/log.hpp"
#include "plan/estimate.hpp"
#include "records/sample.hpp"

namespace batchctl::app {

namespace {

constexpr int kSamples = 3;                   // calls that one submit may cost
constexpr std::chrono::seconds kPatience{5};  // wall; an answer takes a fraction of a second

}  // namespace

double known_factor(Context& context, const std::string& project, const std::string& model) {
  return plan::believable_factor(context.store.quota(project, model).est_factor);
}

Calibration calibrate(Context& context, const std::string& project, const Settings& settings,
                      const std::vector<Input>& inputs) {
  Calibration calibration{known_factor(context, project, settings.model), 0, {}};
  if (context.service == nullptr) return calibration;
  std::int64_t estimated = 0, counted = 0;
  for (Sample& sample : take_samples(inputs, settings, kSamples)) {
    const std::optional<Answer> answer =
        ask(context, CountTokens{settings.model, std::move(sample.request)}, kPatience);
    const auto* count = answer ? std::get_if<TokenCount>(&*answer) : nullptr;
    if (count == nullptr) break;  // whatever it is: the driver meets it next, and says so
    estimated += sample.estimated;
    counted += count->tokens;
    ++calibration.samples;
    if (sample.estimated > 0)
      calibration.ratios.push_back(static_cast<double>(count->tokens) / static_cast<double>(sample.estimated));
  }
  if (calibration.samples == 0 || estimated == 0) return calibration;
  calibration.factor = plan::believable_factor(static_cast<double>(counted) / static_cast<double>(estimated));
  log(LogLevel::info, "tokens of {}: {} counted for {} estimated", settings.model, counted, estimated);
  return calibration;
}

void remember_factor(Context& context, const std::string& project, const std::string& model, double factor) {
  Quota quota = context.store.quota(project, model);
  quota.est_factor = factor;
  context.store.save_quota(quota);
}

}  // namespace batchctl::app
