// A run's quota as the decisions in plan/ read it.
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "plan/quota.hpp"

namespace batchctl::app {

plan::Limits limits_of(const Context& context, const Run& run);
/// The run as if it had been submitted for another model, for what depends on the model: quota, limits, sizes.
Run with_model(const Run& run, const std::optional<std::string>& model);
plan::QuotaView read_quota(Context& context, const Run& run, Instant now);

/// A job of the run's project, of whichever run and model, was seen to have ended: what its quota learns from it.
/// Called in the transaction that stores the observation.
void note_ended(Context& context, const Run& run, const Job& job, Instant now);

}  // namespace batchctl::app
