// The quota as a decision: may a chunk of so many tokens be created now, and what did an answer teach.
//
// An enqueued-token limit is a stock: it is freed by jobs that end, not by time. A refusal with I tokens in flight for
// a chunk of w is a measurement (the capacity is below I + w now), so it is remembered and nothing is halved. A 429
// that does not say which limit binds is read by what was accepted before (evidence.hpp).
//
// What the rules are worth, measured by scripts/simulate (20 seeds of 11 scenarios; makespan over that of one who knows
// every limit, refusals a run): 1.02 and 15. An endless loop of backoffs reaches 1.02 with 710 refusals. Without the
// evidence of flows and lateness, and with every limit forgotten when a probe succeeds, it was 1.05 and 48.
//
// * A probe (one create beyond the limit, from 5 minutes after a refusal, doubling to 30) finds a limit that has risen.
//   A limit found again where it was keeps the pace of its probes; one that has moved by a quarter is probed often.
// * A probe is made just after a look at the jobs: else an unseen end passes for a risen limit.
// * Within a tenth of what was told nothing much can be won: probes are 1 h apart, doubling to 4 h.
// * Refused with nothing in flight, the pause doubles to an hour, but never sleeps through the service's midnight: that
//   is where an unnamed limit of a day ends.
// * Several runs of one machine share by weight; several machines by --quota-share, or by stepping back (--yield).
// Everything here is pure: rows in, rows out, time and randomness as arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "core/quota.hpp"
#include "plan/evidence.hpp"

namespace batchctl::plan {

/// A run is driven while its heartbeat is younger: three polls.
inline constexpr Duration kHeartbeatEvery = minutes{1};
inline constexpr Duration kHeartbeatFresh = 3 * kHeartbeatEvery;

/// What the run's options say.
struct Limits {
  int group_size = 10;
  Duration group_delay = seconds{30};
  int max_jobs = 95;
  std::optional<std::int64_t> tokens;  // the configured cap of the model; nullopt: unknown
  double flow_precision = 0.05;        // (t) how closely a flow limit is measured: scripts/simulate --curve S3
  double weight = 1;                   // against other runs of this machine that have something to create
  double quota_share = 1;              // of what was told and of the job slots: the rest is another machine's
  bool yields = false;                 // steps back when refused, for another machine that does the same
};

/// The rows that a decision reads. `held.newest_intent` is set only while a create may still be on its way.
struct QuotaView {
  Quota model;
  Quota project;
  std::vector<Breaker> breakers;
  Held held;
  Share share;
  StoredFiles stored;  // read only where a file is to be sent
};

/// What stands in the way of a create, first that applies.
enum class Gate {
  open,
  breaker,    // a refusal or an outage suspended creating
  jobs,       // every job slot is held
  tokens,     // the chunk does not fit beside what is in flight
  share,      // this run holds its share, and another run waits for its own
  storage,    // our files fill what we use of the project's storage
  flow,       // too soon after the last creates: only so many are made in so long
  in_flight,  // another create of the project is on its way
  group,      // the pause between groups
};

struct Admission {
  Gate gate = Gate::open;
  bool probe = false;                // admitted only to measure: one create although the limit says no
  std::optional<Instant> opens;      // when time alone opens the gate; nullopt: only an ended job or a person
  const Breaker* breaker = nullptr;  // the breaker in the way, or the refusal that taught the limit; may be null
  bool learned = false;              // gates jobs and tokens: learned from a refusal, not configured
  std::optional<FlowLimit> flow;     // gate flow: what was learned

  bool admitted() const { return gate == Gate::open; }
};

/// Whether a chunk of `tokens` may be created at `now`. `breaker` points into `view`.
Admission admit(const QuotaView& view, const Limits& limits, std::int64_t tokens, Instant now);

/// Bookkeeping in the transaction that stores the intent: the group loses a place, a probe moves its own time on.
void note_intent(QuotaView& view, const Limits& limits, bool probe, Instant now);

/// Every answer, whatever it says, starts the pause of its group.
void note_answer(QuotaView& view, const Limits& limits, Instant now);

/// A create succeeded. `view.held` includes the new job.
void note_success(QuotaView& view, const Limits& limits, bool probe, Instant now);

/// A definite 429 for a chunk of `tokens`. `view.held` no longer includes it. Returns the breaker row to store; it is
/// also put into `view.breakers`. Kind `zero` suspends nothing: a person must act.
Breaker note_refusal(QuotaView& view, const Limits& limits, const Refusal& refusal, std::int64_t tokens, bool probe,
                     Instant now, Random& random);

/// A 429 for an upload says nothing about enqueued tokens: it suspends uploads alone, by the hint when it is a flow
/// limit, else 5 min doubling to 1 h. Returns the row to store (kind storage).
Breaker note_upload_refusal(QuotaView& view, const Refusal& refusal, Instant now, Random& random);

/// Bytes of files that are kept at the service; 20 GB a project are documented (files page, 2026-08), the rest is left
/// to others. Files of finished chunks are deleted, so that only a wave of large chunks comes near.
inline constexpr std::uint64_t kStorageBudget = 16'000'000'000;  // (t)

/// How sending a file of so many bytes stands: what suspends uploads (full storage, an outage). With nothing stored any
/// file may go.
Admission admit_upload(const QuotaView& view, std::uint64_t bytes, Instant now);

/// The service cannot be reached or answers 5xx: 5 s, doubling to 5 min. Returns the row to store.
Breaker note_outage(QuotaView& view, const std::string& message, Instant now, Random& random);

/// A job of `tokens` ended; `view.held` no longer includes it. Brings open breakers of the stock kinds forward to now +
/// U(0, 5 s) while few refusals came in a row. Returns the rows that changed.
std::vector<Breaker> note_completion(QuotaView& view, std::int64_t tokens, Instant now, Random& random);

/// The effective token limit; nullopt: none known.
std::optional<std::int64_t> token_limit(const Quota& model, const Limits& limits);
/// What was told of it, less what is left to another machine; nullopt: nothing was told.
std::optional<std::int64_t> told_tokens(const Limits& limits);
/// Job slots of the project, less what is left to another machine.
int job_slots(const Limits& limits);
/// How many jobs of ours may be active.
int job_limit(const QuotaView& view, const Limits& limits);

}  // namespace batchctl::plan
