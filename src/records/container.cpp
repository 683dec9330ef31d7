#include "records/container.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/json_records.hpp"
#include "records/record_pointer.hpp"
#include "records/request_settings.hpp"
#include "records/text_rows.hpp"

namespace batchctl {

namespace {

constexpr std::string_view kRows = ".rows", kElements = ".elements";

Fatal unusable(const std::string& what, const std::string& next) { return {ExitCode::failed, "bad_input", what, next}; }

std::string name_inside(const std::string& shown_path) {
  std::string name = to_lower(shown_path);
  for (const char* packed : {".gz", ".zst"})
    if (name.ends_with(packed)) name.resize(name.size() - std::string_view(packed).size());
  return name;
}

/// Files that people give by mistake, known by their first bytes.
void refuse_binary(const std::string& shown_path, std::string_view bytes) {
  struct Known {
    std::string_view start, what, next;
  };
  static constexpr std::string_view kPacked = "Call it .gz or .zst, or unpack it.";
  static constexpr Known kKnown[] = {
      {"\xff\xfe", "is UTF-16, not UTF-8", "Convert it: iconv -f UTF-16 -t UTF-8 OLD >NEW"},
      {"\xfe\xff", "is UTF-16, not UTF-8", "Convert it: iconv -f UTF-16 -t UTF-8 OLD >NEW"},
      {"PK\x03\x04", "is a zip archive or a workbook", "Unpack it, or export the sheet as CSV (UTF-8)."},
      {"PAR1", "is a Parquet file",
       "Convert it to JSON lines, for example with DuckDB, and pipe it: batchctl submit -"},
      {"\x1f\x8b", "is compressed, but its name does not say so", kPacked},
      {"\x28\xb5\x2f\xfd", "is compressed, but its name does not say so", kPacked},
      {"%PDF", "is a PDF", "Write the questions as JSON lines or as CSV."}};
  for (const Known& known : kKnown)
    if (bytes.starts_with(known.start))
      throw unusable(fmt::format("{} {}", shown_path, known.what), std::string(known.next));
}

std::size_t first_sign(std::string_view bytes) { return std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()); }

Fatal plain_text(const std::string& shown_path, std::string_view bytes, std::size_t begin) {
  const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
  const std::string_view rest = bytes.substr(begin);
  return unusable(fmt::format("{}:{}: neither JSON nor, by its name, a table: \"{}\"", shown_path, line,
                              one_line(rest.substr(0, rest.find('\n')), 40)),
                  "For one prompt a line: --input-format lines. For a table: --input-format csv (or tsv).");
}

}  // namespace

Container container_of(const Settings& settings, const std::string& shown_path, std::string_view first_bytes) {
  refuse_binary(shown_path, first_bytes);
  if (settings.input_format == "lines") return Container::lines;
  const std::size_t begin = first_sign(first_bytes);
  const char sign = begin < first_bytes.size() ? first_bytes[begin] : '\0';
  const bool is_json = sign == '{' || sign == '[';
  if (settings.input_format == "csv" || settings.input_format == "tsv") {
    if (is_json) throw unusable(fmt::format("{} is JSON, no table", shown_path), "Leave --input-format out.");
    return settings.input_format == "csv" ? Container::csv : Container::tsv;
  }
  if (settings.records) {
    if (is_json || sign == '\0') return Container::elements;
    throw unusable(fmt::format("{}: --records needs JSON", shown_path), "Leave --records out, or give a JSON file.");
  }
  const std::string name = name_inside(shown_path);
  if (name.ends_with(".csv") && !is_json) return Container::csv;
  if (name.ends_with(".tsv") && !is_json) return Container::tsv;
  if (sign == '[') return Container::elements;
  const bool is_json_by_name = name.ends_with(".jsonl") || name.ends_with(".ndjson") || name.ends_with(".json");
  if (sign == '{' || sign == '\0' || is_json_by_name) return Container::jsonl;
  throw plain_text(shown_path, first_bytes, begin);
}

std::unique_ptr<Converter> converter_for(Container container, const Settings& settings, const std::string& shown_path,
                                         ByteSink sink) {
  switch (container) {
    case Container::jsonl:
      return nullptr;
    case Container::elements:
      return std::make_unique<JsonRecords>(RecordPointer(settings.records.value_or("")), settings.records.has_value(),
                                           shown_path, std::move(sink));
    case Container::csv:
      return std::make_unique<TableRows>(Table::csv, shown_path, std::move(sink));
    case Container::tsv:
      return std::make_unique<TableRows>(Table::tsv, shown_path, std::move(sink));
    case Container::lines:
      return std::make_unique<PromptLines>(shown_path, std::move(sink));
  }
  throw Bug("a container without a name");
}

std::string_view suffix_of(Container container) {
  switch (container) {
    case Container::jsonl:
      return {};
    case Container::elements:
      return kElements;
    case Container::csv:
    case Container::tsv:
    case Container::lines:
      return kRows;
  }
  throw Bug("a container without a name");
}

bool is_converted(const Input& input) {
  return input.spool_path.ends_with(kRows) || input.spool_path.ends_with(kElements);
}

std::string place_in(const Input& input, std::int64_t line) {
  if (input.spool_path.ends_with(kElements)) return fmt::format("{}, record {}", input.shown_path, line);
  return fmt::format("{}:{}", input.shown_path, line);
}

void check_reading(const Settings& settings) {
  check_prompt_settings(settings);
  if (!settings.records) return;
  const RecordPointer checked(*settings.records);
  for (const char* table : {"csv", "tsv", "lines"})
    if (settings.input_format == table)
      throw Fatal(ExitCode::usage, "bad_option", fmt::format("--records does not go with --input-format {}", table),
                  "Leave one of them out.");
}

}  // namespace batchctl
