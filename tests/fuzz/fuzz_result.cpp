// A line of a job's output, any bytes: never a crash, always one outcome, the same twice.
#include "fuzz/input.hpp"
#include "records/result_line.hpp"

using namespace batchctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const fuzz::Padded line(fuzz::Input(bytes, size).rest());
  static ResultLineParser parser;
  const ResultLine first = parser.parse(line.text());
  const RecordStatus status = first.status;
  const std::string answer(first.answer);
  fuzz::must(status != RecordStatus::outstanding, "an outcome");
  fuzz::must(first.is_json || !first.has_answer, "no answer without JSON");
  fuzz::must(status != RecordStatus::ok || first.has_answer || !first.has_error, "ok says something");
  const ResultLine& again = parser.parse(line.text());
  fuzz::must(again.status == status && again.answer == answer, "the same twice");
  return 0;
}
