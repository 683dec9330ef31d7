// Rows of plain text: tables (CSV, TSV) and one prompt a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "records/row_writer.hpp"

namespace batchctl {

enum class Table { csv, tsv };

/// The first row names the columns; every further one becomes an object of strings, {"column":"value",…}, on the line
/// on which it begins. RFC 4180, with what people's files have: LF or CRLF, blanks around quoted fields, a quote inside
/// of a field that has none around it. csv: the header tells whether `,`, `;` or a tab separates. Rows whose fields are
/// all blank are as empty lines. A column without a name is `column_3`. Memory: the longest row.
class TableRows : public Converter {
 public:
  TableRows(Table kind, std::string shown_path, ByteSink sink);

  void take(std::string_view piece) override;
  void finish() override;

 private:
  enum class State { begin, plain, quoted, after_quote, after_cr };

  bool choose_separator(std::string_view piece);
  void read(std::string_view piece);
  void end_field();
  void end_row();
  void name_columns();
  void write_row();
  std::string_view field(std::size_t i) const;
  [[noreturn]] void bad(std::int64_t line, const std::string& what, const std::string& next = {}) const;

  Table kind_;
  std::string shown_path_;
  RowWriter rows_;
  char separator_ = '\0';  // not yet known
  std::string header_;     // what was read before it was known

  State state_ = State::begin;
  std::string row_;                // the fields' text
  std::vector<std::size_t> ends_;  // of the fields in it
  std::int64_t line_ = 1, row_line_ = 1, quote_line_ = 1;
  std::vector<std::string> columns_;  // `{"a":`, `,"b":` …
};

/// Every line that is not blank becomes {"prompt":"…"} on its own line.
class PromptLines : public Converter {
 public:
  PromptLines(std::string shown_path, ByteSink sink);

  void take(std::string_view piece) override;
  void finish() override;

 private:
  void end_line();

  std::string shown_path_;
  RowWriter rows_;
  std::string pending_;
  std::int64_t line_ = 1;
};

}  // namespace batchctl
