// The results in the form that was asked for: joined with their input, as the service gave them, or the input with its
// answer; as JSON lines or as CSV.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "records/joined_line.hpp"

namespace batchctl {

/// The text of a JSON string, which stands between its quotes; any other JSON as it is, null as nothing.
std::string cell_of(std::string_view raw);

enum class Shape { joined, native, answers };
enum class OutputFormat { jsonl, csv };

struct OutputForm {
  Shape shape = Shape::joined;
  OutputFormat format = OutputFormat::jsonl;
  std::string answer_field = "answer";  // of Shape::answers; `model_answer` where the input has one of that name

  bool operator==(const OutputForm&) const = default;
  /// The columns are the members of all records, so they must be known before the first row.
  bool needs_columns() const { return shape == Shape::answers && format == OutputFormat::csv; }
};

/// Writes rows. CSV is RFC 4180 with a first row of names; a cell that a spreadsheet would take for a formula (it
/// begins with = + - @, tab or CR) is prefixed by '. Texts stand as they are, everything else as JSON, null as nothing.
class ResultShape {
 public:
  explicit ResultShape(OutputForm form) : form_(std::move(form)) {}

  const OutputForm& form() const { return form_; }
  /// Of Shape::answers in CSV: the members of a record become columns, in the order in which they are met.
  void add_columns(std::string_view raw_input);
  /// What stands before the first row; mostly nothing.
  void begin(std::string& out) const;
  void append(std::string& out, const JoinedLine& line) const;

 private:
  void append_native(std::string& out, const JoinedLine& line) const;
  void append_answer(std::string& out, const JoinedLine& line) const;
  void append_joined_row(std::string& out, const JoinedLine& line) const;
  void append_native_row(std::string& out, const JoinedLine& line) const;
  void append_answer_row(std::string& out, const JoinedLine& line) const;

  OutputForm form_;
  std::vector<std::string> columns_;
  std::unordered_set<std::string> known_columns_;
};

}  // namespace batchctl
