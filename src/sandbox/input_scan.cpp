#include "sandbox/input_scan.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "sandbox/input_lines.hpp"

namespace batchctl::sandbox {
namespace {

/// A file's line, or an inline request, which the service reads as part of the call.
std::string named(const LineRefusal& refusal, std::uint64_t number, const Job& job) {
  if (!is_inline(job)) return fmt::format("Error on line {}: {}", number, refusal.text());
  const std::string place = fmt::format("batch.input_config.requests.requests[{}].request", number - 1);
  if (refusal.unknown.empty()) return fmt::format("Invalid value at '{}': {}", place, refusal.why);
  return fmt::format("Invalid JSON payload received. Unknown name \"{}\" at '{}': Cannot find field.", refusal.unknown,
                     place);
}

}  // namespace

InputScan scan_input(const std::string& path, const Job& job) {
  InputScan scan;
  LineReader lines(path);
  LineParser parser;
  while (const auto text = lines.next()) {
    ++scan.records;
    const auto parsed = parser.parse(*text, job.kind);
    if (!parsed) {
      if (!scan.refusal.empty()) scan.refusal += '\n';
      scan.refusal += named(parsed.error(), scan.records, job);
      continue;
    }
    const InputLine& line = parsed.value();
    scan.tokens += estimated_tokens(line.text_bytes);
    if (is_failed(fate_of(job.rows, line, scan.records))) ++scan.failed;
    if (line.key) scan.keys.add(*line.key);
  }
  return scan;
}

std::uint64_t count_failed(const std::string& path, const Job& job) {
  std::uint64_t failed = 0;
  LineReader lines(path);
  LineParser parser;
  for (std::uint64_t number = 1; const auto text = lines.next(); ++number) {
    const auto parsed = parser.parse(*text, job.kind);
    if (!parsed) throw Bug("an accepted input line is refused now");
    if (is_failed(fate_of(job.rows, parsed.value(), number, served_of(job)))) ++failed;
  }
  return failed;
}

}  // namespace batchctl::sandbox
