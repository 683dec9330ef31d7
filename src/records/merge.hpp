// The joined results: one line an input record, in input order, none missing, none twice, the same bytes on every call.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/chunk.hpp"
#include "core/record.hpp"
#include "core/run.hpp"
#include "records/result_shape.hpp"

namespace batchctl {

/// A stored result file that may hold lines of the chunk's records.
struct MergeSource {
  std::string raw_path;  // where to read it
  std::string job_name;
  int attempt = 1;
  LineKeys keys = LineKeys::wire;  // of its lines; `own`: those of the chunk's records
  std::vector<Span> covers;  // the records it was asked for; empty: all of the chunk (names the job of missing records)
};

/// What became of a chunk that ended without output: the outcome of its records that no result has a line of.
struct ChunkProblem {
  RecordStatus status = RecordStatus::error;
  std::optional<std::int64_t> code;
  std::string message;
  std::string job_name;  // empty: there was none
  int attempt = 0;       // 0: there was none
};

/// A record whose best outcome so far is the word of a chunk that ended without output.
struct RecordProblem {
  std::int64_t record = 0;
  ChunkProblem problem;
};

struct MergeChunk {
  std::int64_t first_record = 0, records = 0;
  std::vector<Span> spans;              // of the base chunk: where its input lines are, in record order
  std::vector<MergeSource> sources;     // by seq: the first ok wins; else the best rank, equal: the later
  bool outstanding = false;             // an answer can still come: records without a line are outstanding, not missing
  std::optional<ChunkProblem> problem;  // used for records without a line when not outstanding
  std::string body_sha256;              // when given, the input lines must still render to it
  std::int64_t unsent = 0;              // records between its first and its last that are not sent
  std::vector<std::int64_t> repeated{};   // those of its records that later ones are the same as, ascending
  std::vector<RecordProblem> problems{};  // by record; each stands unless a line is ok

  std::int64_t end_record() const { return first_record + records + unsent; }
};

/// Records by RecordStatus.
using MergeCounts = std::array<std::int64_t, kRecordStatusNames.size()>;

/// What the errors of records that could not be sent have as `code`.
inline constexpr std::string_view kInvalidInput = "INVALID_INPUT";

/// Records first..end-1 that are not sent, by record: not all at once, but the first of them.
using UnsentPages = std::function<std::vector<UnsentRecord>(std::int64_t first, std::int64_t end)>;

class Merger {
 public:
  /// `inputs` by ordinal; `settings.format` must be known. `errors` (lines whose status is not ok, always joined and as
  /// JSON) may be null, `results` too. The files stay the caller's: written to, never closed.
  Merger(std::vector<Input> inputs, const Settings& settings, std::FILE* results, std::FILE* errors,
         OutputForm form = {});
  ~Merger();
  Merger(Merger&&) noexcept;
  Merger& operator=(Merger&&) noexcept;

  /// Every record is told as well, in order; its texts are good until the call returns.
  void tell(std::function<void(const JoinedLine&)> each);
  /// Where the records come from that no chunk holds, and a file that may be made for those that repeat others.
  void read_unsent(UnsentPages pages, std::string outcomes_path);

  /// Needed before the first merge of a form that needs columns, of every chunk: reads its input.
  void look_at(const MergeChunk& chunk);
  /// The same of the records before `end` that are not sent.
  void look_at_unsent(std::int64_t end);
  /// Appends the chunk's lines, and those of unsent records before and within it. Chunks come in record order without a
  /// gap from record 0 on, else Bug. Memory: a few bytes a record of this chunk, and its longest lines. Throws Fatal:
  /// {mismatch, "input_changed"} when the input lines are no longer those that were sent (by a later call or by
  /// `finish`, for they are compared on another core), {failed, "disk"} when a raw file cannot be read or a result not
  /// be written.
  void merge_chunk(const MergeChunk& chunk);
  /// Appends the lines of unsent records behind the last chunk, up to `end`.
  void merge_unsent_before(std::int64_t end);
  /// Compares what is not compared yet, writes what is buffered and flushes both files. Only then are they right.
  void finish();
  const MergeCounts& counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchctl
