// What is remembered of a quota, per project and model: limits in force, groups, polling, breakers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "core/refusal.hpp"

namespace batchctl {

/// Something that the quota showed: a definite answer to a create, or a job that was seen to have ended.
struct QuotaEvent {
  enum class What { made, refused, ended } what = What::made;  // the names are in the database
  Instant at;
  std::int64_t tokens = 0;  // made, refused: in flight with this chunk; ended: of the job
  int jobs = 0;             // made, refused: in flight with this chunk, those of others too
  bool operator==(const QuotaEvent&) const = default;
};

inline constexpr std::array<std::string_view, 3> kQuotaEventNames = {"made", "refused", "ended"};
constexpr std::string_view name_of(QuotaEvent::What what) { return kQuotaEventNames[static_cast<std::size_t>(what)]; }
constexpr QuotaEvent::What quota_event_named(std::string_view name) {
  for (std::size_t i = 0; i < kQuotaEventNames.size(); ++i)
    if (kQuotaEventNames[i] == name) return static_cast<QuotaEvent::What>(i);
  return QuotaEvent::What::ended;  // of a newer batchctl: an event without a weight of its own
}

/// One row of `quota`. The project's own row (model empty) holds jobs, groups and polling; a model's row holds tokens.
/// What is in use is never stored: it is counted from the jobs that hold.
struct Quota {
  std::string project;
  std::string model;                           // empty: the project's own row
  std::optional<std::int64_t> conf_tokens;     // told by --tier or --enqueued-tokens
  std::optional<std::int64_t> learned_tokens;  // from refusals; nullopt: no limit known
  std::optional<std::int64_t> conf_jobs;
  std::optional<int> learned_jobs;  // of the project, from refusals of this model that a number of jobs explains
  std::vector<QuotaEvent> latest;   // a model's row: the latest events, oldest first
  Duration late{};                  // learned: an ended job counts so much longer
  std::optional<Instant> probe_at;
  Duration probe_interval = minutes{5};
  std::string probe_owner;
  int group_left = 0;                  // creations that the open group still has room for
  std::optional<Instant> group_until;  // the open group's pause ends; past: the next group is new
  std::optional<int> group_size_now;   // halved by flow refusals; nullopt: as configured
  int creates_ok = 0;                  // in a row
  int others_jobs = 0;
  std::string poll_owner;
  std::optional<Instant> polled_at;
  double est_factor = 1.0;
};

/// One row of `breaker`: creating is suspended until `open_until`.
struct Breaker {
  std::string project;
  std::string model;  // empty: every model
  PauseKind kind = PauseKind::unknown;
  std::optional<Instant> open_until;
  std::optional<Instant> probe_at;
  int refusals = 0;  // in a row
  std::optional<std::string> quota_id;
  std::string message;  // the service's words
  Instant since;
};

/// What is held now, counted from rows.
struct Held {
  std::int64_t tokens = 0;               // of the model
  int jobs = 0;                          // of the project, every model
  std::optional<Instant> newest_intent;  // of a create that may still be on its way
};

/// Our files at the service, those under way too.
struct StoredFiles {
  std::uint64_t bytes = 0;          // of the project
  std::optional<Instant> frees_at;  // when the first of them expires
};

/// How one run stands among the runs of its project and model.
struct Share {
  std::int64_t tokens = 0;  // held by this run
  int jobs = 0;
  double hungry_others = 0;  // the weights of the other runs that have something to create and a driver, added up
};

}  // namespace batchctl
