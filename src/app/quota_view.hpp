// A run's quota as the decisions in plan/ read it.
#pragma once

#include "app/context.hpp"
#include "plan/quota.hpp"

namespace batchctl::app {

plan::Limits limits_of(const Run& run);
plan::QuotaView read_quota(Context& context, const Run& run, Instant now);

}  // namespace batchctl::app
