// What a file's bytes are: one JSON record a line, or something that is converted to that in the spool.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/run.hpp"
#include "records/row_writer.hpp"

namespace batchctl {

enum class Container { jsonl, elements, csv, tsv, lines };

/// By `--input-format` and `--records`, else by the name (.csv, .tsv; in front of .gz and .zst), else by the first
/// bytes, without a byte-order mark. Plain text is never taken for one prompt a line: Fatal{failed, "bad_input"} that
/// says what to do, as for files that are no text at all.
Container container_of(const Settings& settings, const std::string& shown_path, std::string_view first_bytes);

/// nullptr for jsonl, which is read as it stands.
std::unique_ptr<Converter> converter_for(Container container, const Settings& settings, const std::string& shown_path,
                                         ByteSink sink);

/// What the spool's file is called behind its number: converted ones may have empty lines, and their line numbers are
/// those of the source (`.rows`) or the records' (`.elements`). Empty for jsonl.
std::string_view suffix_of(Container container);
bool is_converted(const Input& input);

/// `questions.csv:7`, or `questions.json, record 7`.
std::string place_in(const Input& input, std::int64_t line);

/// Throws Fatal{usage} for settings that no input can be read with: a bad pointer, a pointer into a table, a bad
/// template, generation config or schema.
void check_reading(const Settings& settings);

}  // namespace batchctl
