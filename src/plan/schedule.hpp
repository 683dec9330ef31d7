// One turn of the driver as a decision: what to start now, and when to look again. Pure.
//
// The order is fixed: what a person wants stopped is stopped, what is paid for is brought home first (settle, fetch),
// then what is unclear is found out, then the service is looked at, then jobs are created, then files are sent.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "plan/quota.hpp"

namespace batchctl::plan {

inline constexpr Duration kFileMaxAge = hours{24};       // (t) a file is used for a create while younger
inline constexpr Duration kFileExpiryMargin = hours{1};  // (t) and only so long before its end
inline constexpr int kFetchesAtOnce = 4;

struct ChunkFacts {
  ChunkKey key;
  std::int64_t tokens = 0;
  std::uint64_t bytes = 0;             // of the body
  std::optional<Instant> due;          // reconciling: when the list may be read
  std::optional<Instant> uploaded_at;  // uploaded: how old the file is
  std::optional<Instant> expires_at;
};

/// What one run looks like now. The lists hold chunks that are ready and have no request of this process under way.
struct Snapshot {
  bool may_upload = true;  // false: only observe and fetch (download, or a person must act)
  bool may_create = true;
  bool leaves_when_paused = false;    // the command will not sit a pause out, so it sends no files ahead of one
  std::vector<ChunkFacts> to_cancel;  // chunks that a person wants stopped and that can be stopped now
  std::vector<ChunkFacts> planned, uploading, uploaded, creating, reconciling, ended, fetching;
  int window_used = 0;  // files without a job: chunks uploading, uploaded or creating
  int upload_ahead = 2;
  int fetches_under_way = 0;
  bool create_under_way = false;  // of this process
  bool list_under_way = false;
  bool look_now = false;                // the command wants the jobs looked at once
  bool look_first = false;              // the newest jobs must be seen before anything is sent
  bool holds_back = false;              // nothing is sent before it is known what is there
  std::optional<Instant> full_pass_at;  // the whole list is to be compared with the intents
  bool jobs_live = false;               // there is something to look at
  std::optional<Instant> polled_at;
  Duration poll_every = seconds{60};
  std::optional<Instant> list_not_before;  // a list failed, or a second pass must be so much later
  std::optional<Instant> next_ready;       // the earliest `not_before` of any chunk that is not yet ready
  QuotaView quota;
  Limits limits;
};

enum class Do {
  cancel,  // every chunk of `to_cancel`
  settle,  // the job ended: decide what its chunk becomes
  fetch,
  find_file,  // an upload was begun by a process that is gone
  doubt,      // a create was begun by a process that is gone
  list_all,   // a complete pass over the list, for reconciling and sweeping (serves as a poll too)
  poll,
  age_file,  // too old to create from
  create,
  upload,
};

struct Action {
  Do what;
  ChunkKey chunk;      // empty for cancel, list_all and poll
  bool probe = false;  // create: only a measurement
};

struct Plan {
  std::vector<Action> actions;
  /// When something other than a poll becomes possible by time alone; nullopt: never.
  std::optional<Instant> next_event;
  std::optional<Instant> next_poll;
  /// How creating stands for the next chunk; nullopt: no chunk is left to create.
  std::optional<Admission> admission;
};

Plan schedule(const Snapshot& snapshot, Instant now);

/// A file that must not be used for a create any more.
bool is_aged(const ChunkFacts& uploaded, Instant now);

}  // namespace batchctl::plan
