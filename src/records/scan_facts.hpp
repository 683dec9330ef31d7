// What a scan sees of its records in passing, for the plan and its warnings. Memory and time are bounded: equal records
// are looked for among the first ones only, limits of answers in a sample.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/run.hpp"
#include "records/input_line.hpp"

namespace batchctl {

/// Where a record stands.
struct RecordPlace {
  int input = 0;
  std::int64_t line = 0;
};

struct ScanFacts {
  std::int64_t records = 0;
  std::int64_t tokens = 0;          // estimated, not yet calibrated
  std::int64_t largest_tokens = 0;  // of the largest record
  RecordPlace largest_at;
  std::int64_t compared = 0, equal = 0;  // so many of the first `compared` ask what an earlier one asked
  struct EmptyField {
    std::string name;
    std::int64_t records = 0;  // that have it
  };
  std::vector<EmptyField> empty_fields;            // qa fields that are there and never say anything
  std::int64_t looked_at = 0;                      // for maxOutputTokens
  std::int64_t limited = 0;                        // of these, with one
  std::int64_t least_output = 0, most_output = 0;  // maxOutputTokens of the limited
  std::int64_t usual_output = 0;                   // sum of min(maxOutputTokens, 512) over those looked at
};

class ScanWatch {
 public:
  ScanWatch();

  /// A record that will be sent: its line as parsed just now, what is sent, and its estimated tokens.
  void saw(const InputLine& line, const InputLineParser& parser, std::string_view wire_line, std::int64_t tokens,
           const RecordPlace& place);

  /// A template makes the text: which fields it takes is its own affair.
  void leave_fields_alone() { looks_at_fields_ = false; }

  ScanFacts facts() const;

 private:
  void compare(std::string_view request);
  void look_at_fields(const InputLine& line, const InputLineParser& parser);
  void look_at_limit(std::string_view request);

  static constexpr std::size_t kFields = 5;
  ScanFacts facts_;
  std::vector<std::uint64_t> seen_;  // hashes, open addressing; 0: free
  std::uint64_t hashed_bytes_ = 0;
  std::array<std::int64_t, kFields> there_{};
  std::array<bool, kFields> filled_{};
  bool looks_at_fields_ = true;
};

/// maxOutputTokens of a request's generationConfig, in either spelling; nullopt without one.
std::optional<std::int64_t> max_output_tokens(std::string_view request);

}  // namespace batchctl
