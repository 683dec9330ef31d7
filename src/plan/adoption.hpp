// Which jobs and files at the service are those of a plan's chunks, when another tool, or another database, made them?
//
// Answers are joined and money is spent by what is bound here, so every binding names its evidence, and what could
// belong to two chunks belongs to none: no job and no file is bound twice, no chunk gets two jobs.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/chunk.hpp"

namespace batchctl::plan {

/// Bytes that, when they were sent, were the chunk.
struct KnownBody {
  std::uint64_t bytes = 0;
  std::string sha256;
  LineKeys keys = LineKeys::wire;
};

struct AdoptableChunk {
  int index = 0;
  std::optional<std::string> label;
  std::int64_t records = 0;
  std::string model;
  std::string body_sha256;        // of what batchctl would send; its first 12 digits end the display name of its job
  std::vector<KnownBody> bodies;  // that one, and what lies in the source when that can be sent as it is
  std::optional<std::string> no_own_keys;  // why answers could not be joined by the records' own keys
  std::optional<std::string> busy;         // why it takes nothing: it has a job, or rests
  bool has_file = false;                   // of ours, at the service
  std::vector<JobName> jobs;               // already its own
  std::vector<RemoteFileName> files;       // already its own
};

/// What a note says beside a name: the words that may be a chunk's label, and where they stand.
struct Told {
  std::vector<std::string> labels;
  std::string where;  // for people; empty: the account's own list says it
};

struct SeenFile {
  RemoteFileName name;
  std::string display_name;
  bool is_here = false;  // the service has it, whole
  std::uint64_t bytes = 0;
  std::optional<std::string> sha256;
  std::optional<Instant> expires_at;  // on our clock
  Told told{};
  bool is_named = true;  // by the note, when there is one
  std::string uri{};
};

struct SeenJob {
  Observation seen;
  bool is_here = true;  // false: the service does not know it
  Told told{};
};

enum class Evidence {
  hash,   // the file's SHA-256
  mark,   // the display name that batchctl gives, with the body's hash
  size,   // the file's size and name, where the service tells no hash
  count,  // the number of requests and a name: the questions were not compared
};
inline constexpr std::array<std::string_view, 4> kEvidenceNames = {"hash", "mark", "size", "count"};
constexpr std::string_view name_of(Evidence evidence) { return kEvidenceNames[static_cast<std::size_t>(evidence)]; }

enum class LeftWhy {
  not_found,   // the service does not know it, or its file has expired
  unrelated,   // nothing ties it to a chunk
  mismatch,    // a chunk is named, and hash, count or model is another
  ambiguous,   // it could be several chunks', or several could be one chunk's
  duplicate,   // its chunk has another job
  ended,       // it ended without an answer
  unjoinable,  // its answers could not be joined: no keys, or no file
};
inline constexpr std::array<std::string_view, 7> kLeftWhyNames = {"not_found", "unrelated", "mismatch",  "ambiguous",
                                                                  "duplicate", "ended",     "unjoinable"};
constexpr std::string_view name_of(LeftWhy why) { return kLeftWhyNames[static_cast<std::size_t>(why)]; }

struct Binding {
  std::size_t chunk = 0;            // among those given
  std::optional<std::size_t> job;   // among those given; nullopt: only a file
  std::optional<std::size_t> file;  // the job's input, when it is here and its bytes are the chunk's; or the file
  Evidence evidence = Evidence::hash;
  LineKeys keys = LineKeys::wire;
  std::string why;  // for people
};

struct LeftObject {
  std::string name;
  bool is_job = true;
  bool is_live = false;              // a job that has not ended: it may be answering what is asked again
  std::optional<std::size_t> chunk;  // that it was compared with
  LeftWhy reason = LeftWhy::unrelated;
  std::string why;    // for people
  std::string where;  // that named it; empty: the list
};

struct Adoption {
  std::vector<Binding> bound;  // by chunk
  std::vector<LeftObject> left;
  std::size_t already = 0;  // jobs and files that are the chunks' own already
};

/// Binds what can be told. `now` on our clock: a file that expires within `kFileExpiryMargin` is as good as gone.
Adoption adopt(const std::vector<AdoptableChunk>& chunks, const std::vector<SeenJob>& jobs,
               const std::vector<SeenFile>& files, Instant now);

/// Whether `text` is the label, or has it between two characters that are neither letters nor digits.
bool names_label(std::string_view text, std::string_view label);

}  // namespace batchctl::plan
