// The `_json` columns. Members that are absent take the value of a fresh struct, members that are not known are
// ignored. Text that is not UTF-8 (a path may be any bytes) comes back as it was, except in errors and reasons, where
// it is only words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/chunk.hpp"
#include "core/quota.hpp"
#include "core/run.hpp"

namespace batchctl::store {

// The readers throw Bug when the text is not JSON of the right form: only we write it.

std::string settings_json(const Settings& settings);
Settings settings_of(const std::string& json);

std::string options_json(const Options& options);
Options options_of(const std::string& json);

std::string overrides_json(const Overrides& overrides);
Overrides overrides_of(const std::string& json);

std::string driver_json(const DriverMark& driver);
DriverMark driver_of(const std::string& json);

/// `{"message":…}`
std::string error_json(const std::string& message);
std::string error_of(const std::string& json);

/// `{"why":…}`
std::string why_json(const std::string& why);
std::string why_of(const std::string& json);

/// What was seen of a job that is no column of its own.
struct SeenOfJob {
  std::string word;
  std::optional<OutputRef> output;
  std::optional<std::string> error;
  JobStats stats;
  std::optional<Instant> deleted_at;
};
std::string seen_json(const SeenOfJob& seen);
SeenOfJob seen_of(const std::string& json);

/// `[[at, "made", tokens, jobs], …]`
std::string quota_events_json(const std::vector<QuotaEvent>& events);
std::vector<QuotaEvent> quota_events_of(const std::string& json);

}  // namespace batchctl::store
