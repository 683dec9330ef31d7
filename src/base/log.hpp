// Diagnostics on stderr, off unless asked for (-v, -vv). Secrets are redacted before a line reaches the sink.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace batchctl {

enum class LogLevel { error, warn, info, debug };

/// From now on every log line and every `redacted` text shows `***` in place of this text. A text
/// shorter than 4 bytes is ignored.
void keep_secret(std::string_view secret);

/// `text` without any known secret and without `key=…`, `upload_id=…` query values (also `api_key=…`).
std::string redacted(std::string_view text);

/// Until this is called no level is enabled.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
/// One line, one event; redacted here and written as `batchctl: <level>: text`, if the level is enabled.
void log_line(LogLevel level, std::string_view text);

template <class... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) log_line(level, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace batchctl
