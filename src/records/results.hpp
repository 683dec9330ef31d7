// One raw result file of a job, counted and judged line by line, in any order the service chose.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/chunk.hpp"
#include "core/record.hpp"
#include "records/answer_schema.hpp"
#include "records/own_keys.hpp"

namespace batchctl {

struct ReadResult {
  ResultSummary summary;  // `raw_path` is left empty for the caller
  std::vector<Problem>
      problems;      // expected records that are not ok, by record; a record without a usable line is missing
  bool cut = false;  // the last line has no line ending and is no JSON: the download was cut
};

/// Judges the file against the records of the chunk (`expected`: first_record and records of each span are used; in any
/// order, not overlapping).
///
/// In the summary ok + not_ok + missing are the chunk's records; `lines` counts every line that is not blank;
/// `unknown_keys` the lines whose key is none of the expected or that have no key or are no JSON; `duplicate_lines` the
/// lines of a record that already had one. The tokens count once a record, by the line that counts, and those of lines
/// that are nobody's; `tokens_wasted` (input, output and thinking together) are of what is no usable answer, and of
/// lines that are nobody's.
///
/// Of several lines of a record the first ok one counts, else the best by rank, equal: the later.
/// An answer to a record that `is_answered` already (by another job; empty: none is) is ok, and its tokens are wasted.
/// `schema` and `keys` as for ResultLineParser.
/// Throws Fatal{failed, "disk"} when the file cannot be read.
ReadResult read_result(const std::string& path, const std::vector<Span>& expected,
                       const std::function<bool(std::int64_t record)>& is_answered = {},
                       std::shared_ptr<const AnswerSchema> schema = nullptr, const OwnKeys* keys = nullptr);

}  // namespace batchctl
