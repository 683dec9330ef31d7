// retry: records without a usable answer are put into repair chunks, then the run is driven.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "app/context.hpp"
#include "app/drive.hpp"
#include "app/repair.hpp"

namespace batchctl::app {

struct RetryRequest {
  std::optional<std::string> run_name;
  RepairWish wish;
  std::function<void(Options&)> choose;  // puts the options that were given over the remembered ones
  Stay stay{Goal::submitted, false, std::nullopt, seconds{60}};
};

struct Retried {
  Driven driven;
  std::int64_t records = 0;  // put into repair chunks now
};

/// Throws Fatal{mismatch, no_such_run} and the like as the other verbs do; {not_finished, "cancelling"} while a cancel
/// is under way. Of a run that was cancelled, asking for more ends the wish.
Retried retry(Context& context, const RetryRequest& request);

}  // namespace batchctl::app
