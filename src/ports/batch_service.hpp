// The door to a batch service. Requests go in with a ticket, answers come out as meaning; nothing here knows the wire.
//
// No call blocks but `wait`. Nothing is retried behind this door, above all no create: the driver decides, and stores
// when. Only an upload or a download that was cut goes on from where it stood, a bounded number of times. Names and
// references are opaque text. Differences between services are values in `Capabilities`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/byte_source.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "core/chunk.hpp"
#include "core/create_answer.hpp"
#include "core/refusal.hpp"

namespace batchctl {

/// Why a call did not bring what was asked for.
enum class FailureKind {
  unreachable,  // no connection, cut, time-out: nothing is known; reads may be repeated
  server,       // 5xx or an answer that cannot be read: repeat later
  quota,        // 429; `refusal` is filled
  stopped,      // key, permission, billing, unknown model: a person must act; `reason` names which
  not_found,    // the service does not know it (for files also: not ours, expired)
  rejected,     // another 4xx: repeating the same will not help
  source,       // the local bytes are no longer what was planned
  local,        // the local disk refused
};

struct Failure {
  FailureKind kind = FailureKind::server;
  int http_status = 0;  // 0: no answer
  std::string message;  // the service's own words when there are any, else ours; redacted
  std::string reason;   // for `stopped`: key, permission, billing, model
  std::optional<Refusal> refusal;
  std::optional<Duration> retry_after;
};

/// An uploaded file as the service describes it.
struct FileFacts {
  RemoteFileName name;
  std::string display_name;
  std::string uri;
  std::string mime;
  std::uint64_t bytes = 0;
  std::optional<std::string> sha256;  // hex
  std::optional<Instant> expires_at;
  enum class State { processing, active, failed } state = State::active;
  std::string error;  // when failed
};

// ---- requests -------------------------------------------------------------------------------------------------

/// Sends the bytes under a name of our choice; may be repeated.
struct UploadFile {
  RemoteFileName id;  // our name, as remote_file_id() makes it
  std::string display_name;
  std::uint64_t bytes = 0;
  std::string sha256;  // hex; checked before the last byte leaves, and against the service's own hash
  std::function<std::unique_ptr<ByteSource>()> open;  // also once more, when the service wants to be sent it anew
  std::string known_mime;  // `mime` of the newest file that the service took; a hint, empty when there is none
};
/// Asks what the service holds under a name; may be repeated.
struct FindFile {
  RemoteFileName name;
};
/// One page of the project's files, outputs of jobs may be among them; may be repeated.
struct ListFiles {
  std::string page;  // empty: the first
};
struct DeleteFile {
  RemoteFileName name;
};
/// Makes a job. NOT to be repeated before it is known what became of it.
struct CreateJob {
  std::string model;
  std::string display_name;
  RemoteFileName input;
  std::uint64_t input_bytes = 0;           // the service reads the file during the call: the time-out grows with it
  std::chrono::nanoseconds send_before{};  // on Clock::boot_now(): later the request must not be written
};
/// One page of the project's jobs, newest first.
struct ListJobs {
  std::string page;  // empty: the first
};
struct GetJob {
  JobName name;
};
struct CancelJob {
  JobName name;
};
struct DeleteJob {
  JobName name;
};
/// Asks how many input tokens a request has; may be repeated.
struct CountTokens {
  std::string model;
  std::string request;  // one rendered request, as JSON
};
/// Brings a job's output into `path` (written, not synced). May be repeated; starts over.
struct FetchOutput {
  OutputRef output;
  std::string path;
};

using Request = std::variant<UploadFile, FindFile, ListFiles, DeleteFile, CreateJob, ListJobs, GetJob, CancelJob,
                             DeleteJob, CountTokens, FetchOutput>;

// ---- answers --------------------------------------------------------------------------------------------------

struct JobCreated {
  JobName name;
};
/// What became of a create, as core/create_answer.hpp has it.
struct CreateOutcome {
  CreateAnswer answer = CreateAnswer::unclear;
  std::optional<Observation> job;  // when created: what the answer already said
  Failure failure;                 // otherwise
};
struct JobPage {
  std::vector<Observation> jobs;
  std::string next_page;  // empty: this was the last
  bool complete = true;   // false: the service said that something was unreachable
};
struct FilePage {
  std::vector<FileFacts> files;
  std::string next_page;  // empty: this was the last
  bool complete = true;   // false: an entry, or the page, could not be read
};
struct TokenCount {
  std::int64_t tokens = 0;
};
struct Fetched {
  std::uint64_t bytes = 0;
};

using Answer =
    std::variant<FileFacts, FilePage, CreateOutcome, JobPage, Observation, TokenCount, Fetched, Done, Failure>;

using Ticket = std::uint64_t;
struct Completion {
  Ticket ticket = 0;
  Answer answer;
};

struct Capabilities {
  std::uint64_t max_input_bytes = 2'000'000'000;  // "2 GB", either reading (limits.json, 2026-08-18)
};

class BatchService {
 public:
  virtual ~BatchService() = default;

  virtual Capabilities capabilities() const = 0;
  /// Begins; the ticket comes back with the answer, exactly once.
  virtual void start(Ticket ticket, Request request) = 0;
  /// Answers that have come; waits for one until `wake_at` (the run's clock) at most. Returns early, maybe with
  /// nothing, when the process was signalled.
  virtual std::vector<Completion> wait(Instant wake_at) = 0;
  /// Gives up on what is still under way (no answers come for it any more). A create that was begun stays unclear.
  virtual void abandon() = 0;
  /// The service's clock minus ours, from its newest answer; nullopt before the first.
  virtual std::optional<Duration> clock_skew() const = 0;
  /// A command line with which a person can cancel a job that is not ours to cancel. Names no key.
  virtual std::string how_to_cancel(const JobName& job) const = 0;
};

}  // namespace batchctl
