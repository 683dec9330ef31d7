// A Run: one submit. Inputs, model and settings are fixed; options can be given again and change it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/exit_code.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace batchctl {

/// What decides the bytes that are sent. Equal settings and equal input mean: the same run.
struct Settings {
  std::string model = "gemini-2.5-flash";
  std::string input_format = "auto";             // as asked; the scan stores what it found in `format`
  std::string format;                            // qa, gemini, openai or chat, once known
  std::optional<std::string> records;            // JSON pointer to the records in a document; * for every element
  std::optional<std::string> key_field;          // the member that is a record's key, when it has another name
  std::optional<std::string> prompt;             // Mustache template of the text that is sent
  std::optional<std::string> system;             // system instruction
  std::optional<std::string> generation_config;  // JSON object, as given
  std::optional<std::string> schema;             // JSON Schema that every answer must follow, as given
  std::optional<std::int64_t> chunk_records;     // nullopt: by the quota
  std::optional<std::int64_t> chunk_tokens;
  std::optional<std::int64_t> chunk_bytes;
  bool chunk_per_file = false;        // every input is one chunk
  std::optional<std::int64_t> pilot;  // records of chunk 0, which goes alone until the run is released
  bool skip_invalid = false;          // records that cannot be sent are left out, not refused
  bool dedupe = false;                // equal requests are sent once
  bool operator==(const Settings&) const = default;
};

/// What a person may change from one invocation to the next; remembered with the run.
struct Options {
  int group_size = 10;                          // creations one after another
  Duration group_delay = seconds{30};           // then none for so long after the last answer
  int upload_ahead = 2;                         // files at the service without a job
  std::optional<int> tier;                      // usage tier 1 to 3
  std::optional<std::int64_t> enqueued_tokens;  // the known cap; wins over the tier
  int max_jobs = 95;                            // 100 documented, 5 kept for others
  double weight = 1;                            // of the quota, against other runs of the project on this machine
  double quota_share = 1;                       // of what was told and of the job slots; the rest is another machine's
  bool yield = false;                           // steps back when refused, for another machine that does the same
  std::string remote_cleanup = "inputs";        // inputs, all, none
  std::optional<double> max_cost;               // USD that may be committed
  std::optional<std::int64_t> expect_output;    // tokens of an answer, while none is known
  std::optional<std::int64_t> usual_output;     // min(maxOutputTokens, 512), mean over the records; set by the scan
  int retry_attempts = 2;                       // automatic repair rounds a record
  bool check_requests = true;                   // against the service's schema, when the input is scanned
  bool paranoid = false;                        // an unclear create is looked up after 15 minutes, not after about 3
  std::optional<std::string> output;            // absolute path of the results
  std::optional<std::string> status_file;       // absolute path of a picture of the run, rewritten after each change
  std::optional<std::string> on_event;          // shell command that is told of events; no secret of ours reaches it
  double token_factor = 1.0;                    // what the estimates of this run's chunks were multiplied by
  bool operator==(const Options&) const = default;
};

struct Input {
  int ordinal = 0;
  std::string path;        // absolute, or empty for standard input
  std::string shown_path;  // as given; what results call source.file
  std::uint64_t bytes = 0;
  std::int64_t records = 0;
  std::string sha256;      // of the input's bytes; empty until the scan ended
  std::string spool_path;  // where standard input and decompressed or converted input lie; empty otherwise
};

/// Why a person must act (exit 4), or why the input no longer fits (exit 10). Cleared by `resume`.
struct Stop {
  /// A stable word: key, permission, model, zero_quota, cost_limit, rejected, input_changed, needs_attention …
  std::string reason;
  std::string message;  // the service's words or ours
  Instant at;
};

/// Who drives a run.
struct DriverMark {
  int pid = 0;
  std::string host;
  Instant since;
};

struct Run {
  RunKey key;
  RunId id;
  std::string name;
  std::string project;    // the quota that runs share
  std::string key_print;  // fingerprint of the key, never the key
  Settings settings;
  Options options;
  std::int64_t epoch = 0;
  std::optional<DriverMark> driver;
  std::int64_t records = 0;
  bool scanned = false;           // false: the scan was killed and goes on at scan_offset
  std::int64_t scan_records = 0;  // records planned so far
  std::optional<Stop> stop;
  std::optional<Instant> cancel_requested_at;
  std::optional<Instant> released_at;  // when a person let go what waits behind the pilot
  Instant created_at;

  /// Only the pilot (chunk 0), and repairs of it, may be sent.
  bool awaits_release() const { return settings.pilot.has_value() && !released_at; }
};

/// A run's state is computed, never stored.
enum class RunState {
  submitting,
  paused,
  waiting,
  fetching,
  complete,
  complete_with_failures,
  cancelled,
  needs_attention
};
std::string_view name_of(RunState state);

}  // namespace batchctl
