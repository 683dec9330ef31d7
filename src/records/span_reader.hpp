// The planned lines of a span, read once more. What no longer fits the plan is `input_changed`, exit 10.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/chunk.hpp"
#include "core/run.hpp"
#include "records/input_line.hpp"
#include "records/line_reader.hpp"

namespace batchctl {

class SpanReader {
 public:
  /// `inputs` by ordinal. A file is opened when a span of it is, and kept until one of another file is.
  SpanReader(std::vector<Input> inputs, const Settings& settings) : inputs_(std::move(inputs)), parser_(settings) {}

  void open(const Span& span);
  /// False when the span has given all its records. Throws Fatal{mismatch, "input_changed"} naming the file when it
  /// holds fewer lines than planned, more, or cannot be read.
  bool next(Line& line, std::int64_t& record);
  /// The line's parts, good until the next parse; what does not parse any more is the same Fatal.
  InputLine parse(const Line& line, LineFormat format);
  /// That Fatal, for a line that can no longer be rendered.
  Fatal changed(const Line& line, const LineFault& fault) const;

  /// Of a line that may be no record: its user's key (raw JSON, else empty), good until the next parse, and whether it
  /// is JSON at all.
  std::string_view raw_key(const Line& line);
  /// The same of the member `key` alone.
  std::string_view raw_line_key(const Line& line);
  bool is_json(const Line& line);

  const InputLineParser& parser() const { return parser_; }
  const Input& input() const { return inputs_.at(static_cast<std::size_t>(span_.input)); }

 private:
  std::vector<Input> inputs_;
  InputLineParser parser_;
  std::unique_ptr<LineReader> reader_;
  int open_input_ = -1;
  bool skips_blank_ = false;
  Span span_;
  std::int64_t given_ = 0;
};

}  // namespace batchctl
