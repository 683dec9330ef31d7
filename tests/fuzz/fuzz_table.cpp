// CSV and TSV: the same rows however the bytes come, and every row an object of JSON.
#include <simdjson.h>

#include "base/error.hpp"
#include "fuzz/input.hpp"
#include "records/text_rows.hpp"

using namespace batchctl;

namespace {

fuzz::Converted rows_of(Table kind, std::string_view bytes, std::size_t piece) {
  fuzz::Converted converted;
  TableRows rows(kind, "table", [&](std::string_view some) { converted.rows += some; });
  try {
    for (std::size_t at = 0; at < bytes.size(); at += piece) rows.take(bytes.substr(at, piece));
    rows.finish();
  } catch (const Fatal&) {
    return {true, {}};
  }
  return converted;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const Table kind = input.choice(2) == 0 ? Table::csv : Table::tsv;
  const std::size_t piece = 1 + input.choice(7);
  const fuzz::Converted whole = rows_of(kind, input.rest(), 1U << 20U);
  fuzz::must(whole == rows_of(kind, input.rest(), piece), "the same rows however the bytes come");
  static simdjson::dom::parser judge;
  for (std::string_view rest = whole.rows; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    fuzz::must(end != std::string_view::npos, "every row ends");
    simdjson::dom::object row;
    // Bytes that are no UTF-8 are for the reader of the row to refuse.
    const auto judged = judge.parse(std::string(rest.substr(0, end))).get(row);
    fuzz::must(end == 0 || judged == simdjson::SUCCESS || judged == simdjson::UTF8_ERROR, "every row is an object");
    rest.remove_prefix(end + 1);
  }
  return 0;
}
