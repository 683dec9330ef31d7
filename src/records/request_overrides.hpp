// A wire line of a repair chunk: the record's request, with what is asked for otherwise laid over it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/overrides.hpp"

namespace batchctl {

/// The most that a request may ask for (models page, 2026-08: 65,536 output tokens for 2.5 and 3).
inline constexpr std::int64_t kMostOutputTokens = 65'536;

class RequestOverrides {
 public:
  /// Throws Fatal{usage} when the generation config is no JSON object. Model and prompt are not of the request: they
  /// are for whoever creates the job, and for the renderer.
  explicit RequestOverrides(const Overrides& overrides);

  bool change_nothing() const { return nothing_; }

  /// Appends the wire line as it is sent. `wire_line` is one of RecordRenderer. Members are known under both of their
  /// names (camelCase and snake_case); those that nothing is said about keep their bytes.
  void append(std::string& out, std::string_view wire_line) const;

 private:
  void append_request(std::string& out, std::string_view request) const;
  void append_contents(std::string& out, std::string_view contents) const;
  void append_config(std::string& out, std::string_view config) const;

  bool nothing_ = true;
  bool drops_model_, lays_config_;
  int output_factor_;
  std::string system_;                                       // the member's value; empty: none
  std::string note_;                                         // a message; empty: none
  std::vector<std::pair<std::string, std::string>> config_;  // camelCase name, raw value
};

/// What fits, with what a person gave before it, member by member. Throws Fatal{usage} as above.
Overrides laid_over(Overrides fit, const Overrides& given);

}  // namespace batchctl
