// Where the lines of one raw result file are, by record: a few bytes a line, so that results can be joined in order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/record.hpp"
#include "records/line_reader.hpp"
#include "records/result_line.hpp"

namespace batchctl {

struct IndexedLine {
  std::int64_t record = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  // with the line ending
  RecordStatus status = RecordStatus::missing;
  bool judged = true;  // false: what it says was not looked at; it is the only line that seems to be the record's
};

/// Takes the status of the line as parsed; false: it is not the record's after all.
bool judge(IndexedLine& line, const ResultLine& seen);

/// The line that counts of each record, by record. Reads the whole file once; a line that shows our wire key at its
/// front or its end, and has no rival, is not parsed.
/// `keys` as for ResultLineParser.
std::vector<IndexedLine> index_result_lines(const std::string& raw_path, ResultLineParser& parser,
                                            const OwnKeys* keys = nullptr);

/// Lines of a file in any order; neighbours cost one read together.
class LineFetcher {
 public:
  explicit LineFetcher(const std::string& raw_path);
  /// Good until the next call; 64 readable bytes follow. Throws Fatal{failed, "disk"} when the file is shorter.
  std::string_view fetch(const IndexedLine& line);

 private:
  std::string path_;
  FileHandle file_;
  std::vector<char> buffer_;
  std::uint64_t begin_ = 0, end_ = 0;  // the bytes of the file that the buffer holds
};

}  // namespace batchctl
