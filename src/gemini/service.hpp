// Google's Gemini Developer API behind the port: files, batch jobs, outputs (Batch API and Files API guides, 2026-08).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ports/batch_service.hpp"
#include "ports/clock.hpp"

namespace batchctl::gemini {

inline constexpr const char* kBaseUrl = "https://generativelanguage.googleapis.com";

struct Config {
  std::string base_url = kBaseUrl;
  std::string key;  // from here on kept out of every log line and message
  CreateTiming timing;
  std::string user_agent = "batchctl";
  /// When it becomes true `wait` returns, once: a signal that comes just before a wait is not overslept.
  std::function<bool()> interrupted;
};

/// `clock` must outlive the service. Nothing is sent, and libcurl not yet initialised, before the first `start` or
/// `wait`. Throws Fatal{usage} for a base URL or a key that cannot be used.
std::unique_ptr<BatchService> connect(Config config, const Clock& clock);

}  // namespace batchctl::gemini
