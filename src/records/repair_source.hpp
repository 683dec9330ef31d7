// Records that are to be sent once more, found again in the input.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/chunk.hpp"
#include "core/overrides.hpp"
#include "core/run.hpp"
#include "records/input_line.hpp"
#include "records/record_renderer.hpp"
#include "records/request_overrides.hpp"
#include "records/span_reader.hpp"

namespace batchctl {

struct FoundRecord {
  Span span;                // of this record alone
  std::int64_t tokens = 0;  // estimated, of what is sent now
  std::uint64_t bytes = 0;  // of its wire line, as it is sent now
};

class RepairSource {
 public:
  /// `inputs` by ordinal; `settings.format` must be known. Throws Fatal{usage} when the overrides do not fit the
  /// format.
  RepairSource(std::vector<Input> inputs, const Settings& settings, const Overrides& overrides);

  /// Reads a base chunk once and finds `records` in it, which are sorted. Throws Fatal{mismatch, "input_changed"} when
  /// the chunk no longer renders to `body_sha256`: a changed question must not be sent as the one that failed. Bug when
  /// a record is none of the chunk.
  std::vector<FoundRecord> find(const std::vector<Span>& spans, const std::string& body_sha256,
                                std::span<const std::int64_t> records);

 private:
  SpanReader lines_;
  RecordRenderer as_sent_;  // what the chunk was rendered with
  RecordRenderer renderer_;
  RequestOverrides overrides_;
  std::int64_t more_tokens_;
  std::string wire_line_, overridden_;
};

/// A body, read to its end.
struct BodyFacts {
  std::uint64_t bytes = 0;
  std::string sha256;
};
BodyFacts read_body(const std::vector<Span>& spans, const std::vector<Input>& inputs, const Settings& settings,
                    const Overrides& overrides);

/// Puts a record behind those of the same chunk: into the last span when it follows it directly.
void append_span(std::vector<Span>& spans, const Span& record);

}  // namespace batchctl
