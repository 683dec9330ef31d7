// A PNG as a test judges it: how large, how many colours, how much of it is one colour.
#pragma once

#include <string>

namespace batchctl::e2e {

struct Picture {
  int width = 0, height = 0;
  std::size_t colours = 0;
  double plain = 1;  // the part of it that has its commonest colour
};

/// Of a PNG file's bytes: eight bits a channel, RGB or RGBA, not interlaced, as browsers write it. Throws
/// std::runtime_error for another.
Picture picture_of(const std::string& png);

}  // namespace batchctl::e2e
