#include "sandbox/input_scan.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.hpp"
#include "sandbox/input_lines.hpp"
#include "sandbox/open_file.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{1} << 20U;

std::string identity_of(const InputLine& line, std::uint64_t number) {
  return line.key ? *line.key : fmt::format("line {}", number);
}

}  // namespace

InputScan scan_input(const std::string& path, const RowShares& shares, const std::string& display_name) {
  InputScan scan;
  LineReader lines(path);
  LineParser parser;
  while (const auto text = lines.next()) {
    ++scan.records;
    auto parsed = parser.parse(*text);
    if (!parsed) {
      if (!scan.refusal.empty()) scan.refusal += '\n';
      scan.refusal += fmt::format("Error on line {}: {}", scan.records, parsed.error().text);
      continue;
    }
    InputLine& line = parsed.value();
    scan.tokens += estimated_tokens(line.text_bytes);
    if (fate_of(shares, display_name, identity_of(line, scan.records)) == RowFate::failed) ++scan.failed;
    if (line.key) scan.keys.push_back(std::move(*line.key));
  }
  return scan;
}

void write_output(const Job& job, const std::string& input, const std::string& output) {
  const std::string half = output + ".half";
  {
    OpenFile out(half, OpenFile::Mode::read_write);
    out.truncate(0);
    LineReader lines(input);
    LineParser parser;
    std::string waiting;
    std::uint64_t written = 0;
    const auto flush = [&] {
      out.write_at(written, waiting);
      written += waiting.size();
      waiting.clear();
    };
    for (std::uint64_t number = 1; const auto text = lines.next(); ++number) {
      auto parsed = parser.parse(*text);
      if (!parsed) throw Bug("an accepted input line is refused now");
      const InputLine& line = parsed.value();
      const RowFate fate = fate_of(job.shares, job.display_name, identity_of(line, number));
      if (fate != RowFate::missing) waiting += output_line(job.shares.seed, line, fate, job.model);
      if (waiting.size() >= kWriteBytes) flush();
    }
    flush();
  }
  std::filesystem::rename(half, output);
}

}  // namespace batchctl::sandbox
