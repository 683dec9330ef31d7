// Colour on a terminal, four of them, and only where it is wanted: --color, NO_COLOR (no-color.org), TERM=dumb.
#pragma once

#include <string>
#include <string_view>

#include "core/run.hpp"

namespace batchctl::cli {

enum class Colour { none, green, yellow, red, faint };

/// The text in that colour when `wanted`.
inline std::string painted(const std::string& text, Colour colour, bool wanted) {
  if (!wanted || text.empty()) return text;
  switch (colour) {
    case Colour::none:
      return text;
    case Colour::green:
      return "\x1b[32m" + text + "\x1b[0m";
    case Colour::yellow:
      return "\x1b[33m" + text + "\x1b[0m";
    case Colour::red:
      return "\x1b[31m" + text + "\x1b[0m";
    case Colour::faint:
      return "\x1b[2m" + text + "\x1b[0m";
  }
  return text;
}

inline Colour colour_of(RunState state) {
  switch (state) {
    case RunState::complete:
    case RunState::submitting:
    case RunState::waiting:
    case RunState::fetching:
      return Colour::green;
    case RunState::paused:
    case RunState::complete_with_failures:
    case RunState::cancelled:
      return Colour::yellow;
    case RunState::needs_attention:
      return Colour::red;
  }
  return Colour::none;
}

}  // namespace batchctl::cli
