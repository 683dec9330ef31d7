// A directory of its own for each test, and short ways to scan, render and read what is in it.
#pragma once

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"
#include "core/run.hpp"
#include "records/line_reader.hpp"
#include "records/render.hpp"
#include "records/scan.hpp"

namespace batchctl::test {

class TempDir {
 public:
  TempDir() : path_(std::filesystem::temp_directory_path() / ("batchctl-records-" + random_name(12))) {
    std::filesystem::create_directories(path_);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  /// Writes the file, with its directories, and returns its path.
  std::string write(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string read_all(ByteSource& source, std::size_t piece = 4096) {
  std::string all, buffer(piece, '\0');
  while (const std::size_t got = source.read(buffer)) all.append(buffer, 0, got);
  return all;
}

/// The files of these bytes as inputs named 0.jsonl, 1.jsonl, …
inline std::vector<Input> inputs_of(const TempDir& dir, const std::vector<std::string>& contents) {
  std::vector<Input> inputs;
  for (const std::string& bytes : contents) {
    Input input;
    input.ordinal = static_cast<int>(inputs.size());
    input.shown_path = std::to_string(input.ordinal) + ".jsonl";
    input.path = dir.write(input.shown_path, bytes);
    inputs.push_back(input);
  }
  return inputs;
}

struct Scanned {
  std::vector<PlannedChunk> chunks;
  std::vector<UnsentRecord> unsent;
  ScanResult result;
};

inline Scanned scan_all(const std::vector<Input>& inputs, const Settings& settings = {}, const ChunkLimits& limits = {},
                        const ScanStart& from = {}) {
  Scanned scanned;
  const TempDir dir;
  scanned.result =
      scan(inputs, settings, limits, from, [&](PlannedChunk chunk) { scanned.chunks.push_back(std::move(chunk)); },
           {.unsent = [&](UnsentRecord record) { scanned.unsent.push_back(std::move(record)); },
            .requests_path = dir.path("requests")});
  return scanned;
}

inline Settings with_format(Settings settings, const std::string& format) {
  settings.format = format;
  return settings;
}

/// All wire lines of a scan, read through open_body.
inline std::string bodies_of(const std::vector<Input>& inputs, const Scanned& scanned, const Settings& settings = {}) {
  std::string all;
  for (const PlannedChunk& chunk : scanned.chunks)
    all += read_all(*open_body(chunk.spans, inputs, with_format(settings, scanned.result.format)));
  return all;
}

/// What `act` throws; a Fatal with an empty message when it throws nothing.
template <class Act>
Fatal fatal_of(Act act) {
  try {
    act();
  } catch (const Fatal& fatal) {
    return fatal;
  }
  return {ExitCode::done, "", ""};
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A span that only names records.
inline Span records_span(std::int64_t first, std::int64_t records) {
  Span span;
  span.first_record = first;
  span.records = records;
  return span;
}

/// Lines are parsed where 64 more bytes can be read.
class Padded {
 public:
  explicit Padded(std::string_view line) : text_(line), size_(line.size()) { text_.append(64, ' '); }
  operator std::string_view() const { return std::string_view(text_).substr(0, size_); }  // NOLINT: that is its purpose

 private:
  std::string text_;
  std::size_t size_;
};

}  // namespace batchctl::test
