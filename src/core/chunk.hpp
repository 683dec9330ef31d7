// A Chunk: a fixed set of Records with one rendered body that never changes; its File and its Job.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "core/chunk_machine.hpp"
#include "core/overrides.hpp"

namespace batchctl {

/// A stretch of records whose source bytes lie together.
struct Span {
  std::int64_t first_record = 0;
  std::int64_t records = 0;
  std::int64_t first_line = 1;  // physical line, from 1
  int input = 0;                // ordinal
  std::uint64_t offset = 0;     // bytes in the input (or its spool)
  std::uint64_t bytes = 0;
};

/// A record that keeps its index and is not sent: it cannot be, or an earlier one has the same request.
struct UnsentRecord {
  std::int64_t record = 0;
  std::int64_t line = 1;  // as in Span
  int input = 0;
  std::uint64_t offset = 0, bytes = 0;
  std::int64_t text_print = 0;          // 64 bits of the SHA-256 of its line without the ending
  std::string message;                  // why it cannot be sent; empty: it is a repeat
  std::optional<std::int64_t> same_as;  // the record whose answer is its own
};

enum class ChunkKind { base, repair };

struct Chunk {
  ChunkKey key;
  RunKey run;
  int index = 0;
  ChunkKind kind = ChunkKind::base;
  std::optional<std::string> label;
  std::int64_t records = 0;
  std::int64_t first_record = 0;
  std::int64_t unsent = 0;  // base: records between its first and its last that are not sent, and not among `records`
  std::uint64_t body_bytes = 0;
  std::string body_sha256;  // hex
  std::int64_t tokens = 0;  // estimated input tokens
  Overrides overrides;      // of a repair chunk
  ChunkKey replaces;        // the chunk that this is a half of; mostly empty
  ChunkState state = ChunkState::planned;
  std::optional<Instant> not_before;
  int fails = 0;                     // in a row, of the step it is in; the base of the backoff
  int refused_alone = 0;             // creates refused with nothing else of the model in flight
  std::optional<std::string> error;  // the last words about it

  /// Of a base chunk: the record behind its last.
  std::int64_t end_record() const { return first_record + records + unsent; }
};

enum class FileState { sending, here, gone, deleted };

/// By what a file's lines, and so the answers to them, name their records.
enum class LineKeys {
  wire,  // `r<index>`: batchctl wrote them
  own,   // the records' own keys: another tool wrote them, and the file was adopted
};

/// One generation of a Chunk's upload.
struct RemoteFile {
  FileKey key;
  ChunkKey chunk;
  int generation = 1;
  RemoteFileName name;  // ours until the service confirmed one
  std::string uri;
  std::string mime;
  std::uint64_t bytes = 0;
  std::optional<Instant> uploaded_at;
  std::optional<Instant> expires_at;
  FileState state = FileState::sending;
  LineKeys keys = LineKeys::wire;
};

/// The service's word for where a job stands, reduced to what matters; the word itself is kept beside it.
enum class JobState { pending, running, succeeded, failed, expired, cancelled, unknown };
inline constexpr std::array<std::string_view, 7> kJobStateNames = {"pending", "running",   "succeeded", "failed",
                                                                   "expired", "cancelled", "unknown"};
constexpr std::string_view name_of(JobState state) { return kJobStateNames[static_cast<std::size_t>(state)]; }
constexpr bool is_terminal(JobState state) {
  return state == JobState::succeeded || state == JobState::failed || state == JobState::expired ||
         state == JobState::cancelled;
}
JobState job_state_named(std::string_view name);

enum class Hold { intent, unknown, live, none };
enum class JobOrigin { created, adopted, duplicate, imported };

struct JobStats {
  std::optional<std::int64_t> requests, succeeded, failed, pending;
  bool operator==(const JobStats&) const = default;
};

/// What one look at the service said about a job.
struct Observation {
  JobName name;
  std::string display_name;
  RemoteFileName input;  // the file it was made from, as the service says
  std::string model;
  JobState state = JobState::unknown;
  std::string state_word;  // as it came
  bool ended = false;      // `done`, or a terminal state
  std::optional<OutputRef> output;
  std::optional<std::string> error;  // the service's words when it ended badly
  JobStats stats;
  std::optional<Instant> created_at, ended_at;
};

/// One row an intent: the hold, and what is known of the service's job.
struct Job {
  JobKey key;
  ChunkKey chunk;
  int attempt = 1;
  std::string model;
  std::string display_name;
  FileKey file;
  std::int64_t tokens = 0;
  Instant intent_at;
  Hold hold = Hold::intent;
  std::optional<JobName> name;
  JobOrigin origin = JobOrigin::created;
  std::optional<JobState> observed;
  std::string observed_word;
  std::optional<Instant> observed_at;
  std::optional<OutputRef> output;
  std::optional<std::string> error;
  JobStats stats;
  std::optional<Instant> created_at, ended_at;
  std::optional<Instant> deleted_at;  // by us at the service, output and all; what was seen of it stays
};

/// `bc/<run id>/<chunk index>/a<attempt>/<12 hex of the body's SHA-256>`
std::string job_display_name(const RunId& run, int chunk_index, int attempt, std::string_view body_sha256);

/// What a display name of that form says. Whether the hash is the chunk's own is for the caller to compare.
struct JobMark {
  RunId run;
  int chunk_index = 0;
  int attempt = 1;
};
std::optional<JobMark> job_mark_of(std::string_view display_name);

/// `bc-<20 hex of SHA-256(run id, chunk index, body SHA-256, generation)>`: 23 characters of a-z, 0-9 and '-'.
RemoteFileName remote_file_id(const RunId& run, int chunk_index, std::string_view body_sha256, int generation);

}  // namespace batchctl
