// The exit codes as people read them: in help and in the manual.
#pragma once

#include <array>
#include <string>
#include <utility>

namespace batchctl::cli {

inline constexpr std::array<std::pair<const char*, const char*>, 9> kExitCodeRows = {{
    {"0", "done: all that was asked for"},
    {"1", "failed: bad or unreadable input, disk, database"},
    {"2", "usage: unknown option, or a value that is not of its form"},
    {"3", "finished, but some records have no usable answer"},
    {"4", "a person must act: key, permission, billing, model, quota of zero, cost, pilot"},
    {"10", "the input or settings are not those that were submitted, or no such run"},
    {"11", "another batchctl is driving this run"},
    {"75", "not finished: paused, running, or out of reach; batchctl resume goes on"},
    {"130, 143", "interrupted; the state is saved"},
}};

inline std::string exit_codes_text() {
  std::string text = "Exit codes:";
  for (const auto& [code, meaning] : kExitCodeRows) {
    const std::string label = code;
    text += "\n  " + label + std::string(label.size() < 5 ? 5 - label.size() : 2, ' ') + meaning;
  }
  return text;
}

}  // namespace batchctl::cli
