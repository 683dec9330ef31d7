// A job and what it looks like at an instant. Nothing happens to a job by itself: its state is computed from its times.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "sandbox/pseudo_answers.hpp"

namespace batchctl::sandbox {

enum class JobState { pending, running, succeeded, cancelled, expired };

constexpr Duration kJobLife = hours{48};  // unfinished by then = expired

struct Job {
  std::string id;
  std::uint64_t serial = 0;  // in order of creation
  std::string project;
  std::string model;
  std::string display_name;
  std::string file_name;  // `files/...`, as given
  Instant created{};
  Instant starts{};
  Instant ends{};
  std::optional<Instant> cancelled;
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;  // rows that will carry an error
  std::uint64_t tokens = 0;  // estimated, of the whole input
  RowShares shares;          // as they were at create
};

struct JobView {
  JobState state = JobState::pending;
  Instant updated{};
  std::optional<Instant> ended;
};

JobView view_of(const Job& job, Instant now);
bool is_active(JobState state);

/// The Operation as the service shows it; counters that are zero and a false `done` are left out.
nlohmann::ordered_json operation_of(const Job& job, Instant now);

nlohmann::json to_journal(const Job& job);
Job job_from_journal(const nlohmann::json& entry);

}  // namespace batchctl::sandbox
