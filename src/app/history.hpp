// What happened to a run so far, for documents that show it over time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "app/context.hpp"

namespace batchctl::app {

enum class WithHistory { no, yes };

struct RunHistory {
  std::vector<JournalLine> journal;         // in the order it was written
  std::vector<JobSpan> jobs;                // by intent
  std::vector<FailureGroup> failures;       // most records first; together RecordTally::failed
  std::optional<std::int64_t> token_limit;  // enqueued tokens of the run's model, as in force now
  bool limit_is_learned = false;            // by refusals; else it was told
};

/// Inside of Store::read.
RunHistory history_of(Context& context, const Run& run);

}  // namespace batchctl::app
