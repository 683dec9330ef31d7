// What people and scripts write down about jobs they made: a tracking JSON, or a Markdown table. Read as it is found,
// for nobody agreed on a form; what was understood is said, and every name that is found is compared with the service.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace batchctl {

/// One place that names something at the service, with whatever else stands there.
struct NoteEntry {
  std::string where;                // `line 12`, or the place in the JSON such as /jobs/3
  std::vector<std::string> labels;  // what may be the chunk's name: words of chunk, label, input, path …, as they stand
  std::vector<std::string> jobs;    // `batches/…`
  std::vector<std::string> files;  // `files/…`
};

struct TrackingNote {
  std::vector<NoteEntry> entries;
  std::set<std::string> understood;   // members or header cells whose words were used, as they are spelled there
  std::vector<std::string> unusable;  // places that look like entries and name neither a job nor a file
};

/// An object with a job or a file is an entry, wherever it stands; members in snake_case or camelCase. A text member
/// that is a name of the service's form counts whatever it is called; an address that ends with `files/…` too. What
/// holds such objects by name (`{"chunk_072": {…}}`) or is one name (`{"chunk_072": "batches/…"}`) labels them. Throws
/// Fatal{failed, "bad_note"} when the text is no JSON.
TrackingNote read_tracking_json(std::string_view text, const std::string& path);

/// A row of a table, or any other line, with a job or a file is an entry. Header cells tell which cells are labels.
/// Names count wherever they stand in the row, in code spans and links too. What report --as md writes is such a note.
TrackingNote read_tracking_markdown(std::string_view text);

}  // namespace batchctl
