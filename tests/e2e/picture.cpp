#include "e2e/picture.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <vector>

namespace batchctl::e2e {

namespace {

using Bytes = std::vector<unsigned char>;

std::uint32_t number_at(const std::string& png, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | static_cast<unsigned char>(png.at(at + i));
  return number;
}

/// What the filter of a row takes for the byte at hand (PNG specification, section 9): left, above, above left.
int predicted(int filter, int a, int b, int c) {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return (a + b) / 2;
    case 4: {
      const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
      return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
    default:
      throw std::runtime_error("a PNG with an unknown filter");
  }
}

Bytes inflated(const std::string& packed, std::size_t size) {
  Bytes bytes(size);
  uLongf got = size;
  if (::uncompress(bytes.data(), &got, reinterpret_cast<const Bytef*>(packed.data()), packed.size()) != Z_OK ||
      got != size)
    throw std::runtime_error("a PNG that does not unpack");
  return bytes;
}

}  // namespace

Picture picture_of(const std::string& png) {
  if (!png.starts_with("\x89PNG\r\n\x1a\n")) throw std::runtime_error("no PNG");
  std::string packed;
  for (std::size_t at = 8; at + 12 <= png.size(); at += 12 + number_at(png, at))
    if (png.compare(at + 4, 4, "IDAT") == 0) packed += png.substr(at + 8, number_at(png, at));
  const std::size_t width = number_at(png, 16), height = number_at(png, 20);
  const int depth = png.at(24), kind = png.at(25), interlaced = png.at(28);
  if (depth != 8 || (kind != 2 && kind != 6) || interlaced != 0) throw std::runtime_error("a PNG of another form");
  const std::size_t step = kind == 2 ? 3 : 4, row = width * step;

  const Bytes raw = inflated(packed, (row + 1) * height);
  std::map<std::uint32_t, std::size_t> colours;
  Bytes above(row), here(row);
  for (std::size_t y = 0; y < height; ++y) {
    const unsigned char* line = raw.data() + y * (row + 1);
    for (std::size_t i = 0; i < row; ++i) {
      const int left = i >= step ? here[i - step] : 0, above_left = i >= step ? above[i - step] : 0;
      here[i] = static_cast<unsigned char>(line[1 + i] + predicted(line[0], left, above[i], above_left));
    }
    for (std::size_t i = 0; i < row; i += step)
      ++colours[static_cast<std::uint32_t>(here[i] << 16 | here[i + 1] << 8 | here[i + 2])];
    std::swap(above, here);
  }
  std::size_t most = 0;
  for (const auto& [colour, n] : colours) most = std::max(most, n);
  Picture picture;
  picture.width = static_cast<int>(width);
  picture.height = static_cast<int>(height);
  picture.colours = colours.size();
  picture.plain = static_cast<double>(most) / static_cast<double>(std::max<std::size_t>(width * height, 1));
  return picture;
}

}  // namespace batchctl::e2e
