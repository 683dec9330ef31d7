// How far our estimate of tokens is off for this model: asked of the service on a few records, and learned from what
// finished jobs really took.
#pragma once

#include <optional>
#include <vector>

#include "app/context.hpp"

namespace batchctl::app {

/// Real tokens over estimated ones, for the model.
struct Calibration {
  double factor = 1.0;
  int samples = 0;               // asked for now; 0: what is remembered, or nothing is known
  std::vector<double> ratios{};  // of each sample
};

/// Asks for at most three samples of the input, each for at most a few seconds. Without a service, or when it does not
/// answer: what is remembered.
Calibration calibrate(Context& context, const std::string& project, const Settings& settings,
                      const std::vector<Input>& inputs);

/// The next run of this project and model begins with the factor. Inside of a write.
void remember_factor(Context& context, const std::string& project, const std::string& model, double factor);

/// The factor that is remembered; 1 when nothing is known.
double known_factor(Context& context, const std::string& project, const std::string& model);

}  // namespace batchctl::app
