// Reading what a job gave back.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "sandbox/rig.hpp"

namespace batchctl::sandbox {

inline std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string one; std::getline(stream, one);) lines.push_back(Json::parse(one));
  return lines;
}

/// `count` lines with keys r0, r1, … whose questions name their numbers.
inline std::string many_lines(int count) {
  std::string input;
  for (int i = 0; i < count; ++i) input += line("r" + std::to_string(i), "Question " + std::to_string(i));
  return input;
}

inline std::string part_text(const Json& row) {
  return row["response"]["candidates"][0]["content"]["parts"][0]["text"];
}

/// What the rows of an output say of their tokens, put together as the ledger does.
inline Json sum_of_tokens(const std::vector<Json>& rows) {
  Json sums = {{"rows", 0},
               {"promptTokenCount", 0},
               {"candidatesTokenCount", 0},
               {"thoughtsTokenCount", 0},
               {"cachedContentTokenCount", 0},
               {"totalTokenCount", 0}};
  for (const Json& row : rows) {
    if (!row.contains("response")) continue;
    const Json& usage = row["response"]["usageMetadata"];
    for (auto& [name, sum] : sums.items()) sum = sum.get<int>() + (name == "rows" ? 1 : usage.value(name, 0));
  }
  return sums;
}

}  // namespace batchctl::sandbox
