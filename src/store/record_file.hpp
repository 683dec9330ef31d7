// A SQLite file of one run's records, for other programs: the tables `run`, `record` and `bill`, and views over them.
//
// It is made anew, in one go and without a journal: whoever needs it whole gives it its name after `finish`. Nothing of
// it is read here again.
#pragma once

#include <memory>
#include <string>

#include "ports/record_sink.hpp"

namespace batchctl {

/// As MakeRecordSink. Memory: SQLite's page cache (2 MB). Throws Fatal{failed}: disk_full, or not_writable.
std::unique_ptr<RecordSink> make_record_file(const std::string& path, const ExportedRun& run, RecordTexts texts);

}  // namespace batchctl
