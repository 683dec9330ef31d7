// A job and what it looks like at an instant. Nothing happens to a job by itself: its state is computed from its times,
// and how it ends is decided when it is made.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "sandbox/job_kind.hpp"
#include "sandbox/row_fates.hpp"
#include "sandbox/scenario.hpp"

namespace batchctl::sandbox {

enum class JobState { pending, running, succeeded, failed, cancelled, expired };

constexpr Duration kJobLife = hours{48};  // unfinished by then = expired

/// How a job ends that nobody cancels.
enum class JobFate { succeeds, fails, expires };

/// A cancel that took effect.
struct Cancel {
  Instant at{};
  JobRules::CancelEnd end = JobRules::CancelEnd::cancelled;
  std::uint64_t served = 0;  // rows that were done; of any use when `end` leaves an output
  std::uint64_t failed = 0;  // rows that carry an error, the unserved ones among them
};

struct Job {
  std::string id;
  std::uint64_t serial = 0;  // in order of creation
  std::string project;
  std::string model;
  JobKind kind = JobKind::generate;
  std::string display_name;
  std::string file_name;  // `files/...`, as given; empty = the requests came with the call
  std::int64_t priority = 0;
  Instant created{};
  Instant starts{};
  Instant ends{};
  JobFate fate = JobFate::succeeds;
  Duration output_after{};   // SUCCEEDED so long before the output is named
  Duration listed_after{};   // since `created`
  bool output_gone = false;  // it is named and not there
  std::optional<Cancel> cancelled;
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;  // rows that will carry an error
  std::uint64_t tokens = 0;  // estimated, of the whole input
  RowPlan rows;
  bool is_counted = false;  // the ledger has the output's tokens
};

inline bool is_inline(const Job& job) { return job.file_name.empty(); }

/// Rows that were done before a cancel; nullopt = all of them.
std::optional<std::uint64_t> served_of(const Job& job);

struct JobView {
  JobState state = JobState::pending;
  Instant updated{};
  std::optional<Instant> ended;
  bool has_output = false;    // rows were made
  bool names_output = false;  // and the service says where
};

JobView view_of(const Job& job, Instant now);
bool is_active(JobState state);
inline bool is_listed(const Job& job, Instant now) { return now >= job.created + job.listed_after; }

/// Sets the job's times and fate; `hash` stands for all that is its own.
void decide(Job& job, const JobRules& rules, std::uint64_t hash, Instant now);

/// The share of a job's rows that are done, between 0 and 1.
double progress_of(const Job& job, Instant now);

/// The Operation as JSON; what is zero, empty or false is left out. `batchStats` counts what is left out of the output
/// or garbled as successful. `responses` is the list of inline responses, as JSON; when it is empty they are left out.
std::string operation_json(const Job& job, Instant now, std::string_view responses = {});

/// The GenerateContentBatch or EmbedContentBatch by itself.
std::string batch_json(const Job& job, Instant now);

nlohmann::json to_journal(const Job& job);
Job job_from_journal(const nlohmann::json& entry);
nlohmann::json to_journal(const Cancel& cancel);
Cancel cancel_from_journal(const nlohmann::json& entry);

}  // namespace batchctl::sandbox
