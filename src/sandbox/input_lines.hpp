// The lines of an input file: reading them one by one, and judging each as the service does at create.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "sandbox/job_kind.hpp"
#include "sandbox/open_file.hpp"

namespace batchctl::sandbox {

/// Reads a file line by line in memory for one line (and a buffer).
class LineReader {
 public:
  explicit LineReader(const std::string& path);
  /// The next line without its newline, followed by readable padding; valid until the next call. nullopt at the end.
  std::optional<std::string_view> next();

 private:
  OpenFile file_;
  std::vector<char> buffer_;
  std::uint64_t offset_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
};

/// What the sandbox needs to know of one request.
struct InputLine {
  std::optional<std::string> key;  // the line's own, or the one in its metadata
  std::string metadata;            // JSON; empty when the line has none
  std::string question;            // the last text part of the last user turn
  std::uint64_t text_bytes = 0;    // of all texts in the request
  std::uint64_t text_hash = 0;     // of all texts in the request
  bool wants_json = false;         // generationConfig.responseMimeType
  std::uint64_t dimensions = 0;    // of an embedding
  bool is_invalid = false;         // it parses, and the model cannot make sense of it
};

/// The sandbox's idea of tokens: a quarter of the bytes of the texts, at least one a line.
inline std::uint64_t estimated_tokens(std::uint64_t text_bytes) { return text_bytes < 4 ? 1 : (text_bytes + 3) / 4; }

/// Why a line is refused.
struct LineRefusal {
  std::size_t column = 1;  // counts bytes from 1
  std::string why;
  std::string unknown;  // the member that the schema does not know, if it is that

  /// What follows "Error on line N: ".
  std::string text() const;
};

/// Keeps its buffers from line to line.
class LineParser {
 public:
  LineParser();
  ~LineParser();
  LineParser(const LineParser&) = delete;
  LineParser& operator=(const LineParser&) = delete;

  /// `line` must come from a LineReader (padding).
  Result<InputLine, LineRefusal> parse(std::string_view line, JobKind kind);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// A request that stands alone, as JSON.
Result<InputLine, LineRefusal> parse_request(std::string_view request, JobKind kind);

}  // namespace batchctl::sandbox
