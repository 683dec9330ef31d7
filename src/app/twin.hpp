// A second job of one create, and what this process has done about it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "core/chunk.hpp"

namespace batchctl::app {

struct Twin {
  static constexpr int kTries = 3;  // of fetching its output, by one process

  Job job;
  bool is_told = false;                 // to stop
  std::optional<Instant> tell_again{};  // telling it failed; on the run's clock
  int tell_fails = 0;
  bool is_fetching = false;
  int tries = 0;
  std::optional<std::int64_t> kept_ok{};  // its output is here with so many answers, and waits for its chunk

  bool is_live() const { return job.hold != Hold::none; }
  bool has_output_to_fetch() const { return !is_live() && job.output && !kept_ok && tries < kTries; }
  /// What it answered is not known yet: its chunk neither gives up an attempt nor makes a new one.
  bool is_open() const { return is_live() || is_fetching || has_output_to_fetch(); }
};

}  // namespace batchctl::app
