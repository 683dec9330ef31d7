// A few records from different places of the input, to ask the service how many tokens they really are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/run.hpp"

namespace batchctl {

struct Sample {
  std::string request;         // the contents of some records as one request, JSON
  std::int64_t estimated = 0;  // tokens of these contents, by our own estimate
};

/// At most `most` samples of some kilobytes each, from the beginning, the middle … of the largest input; one for a
/// small input. What cannot be read or is no record is left out: the scan says it with its line.
std::vector<Sample> take_samples(const std::vector<Input>& inputs, const Settings& settings, int most);

}  // namespace batchctl
