// The frame of a picture over time, as inline SVG: axes, grid, words for who does not see it. What is drawn inside is
// stretched to the page's width; letters and lines keep their size on a phone, too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/time_axis.hpp"

namespace batchctl::report {

/// The inside of a picture is so many units wide; one unit is one pixel high.
inline constexpr int kPlotWidth = 1000;

struct ValueMark {
  double y = 0;  // in the plot, from its top
  std::string text;
  bool has_line = true;  // across the plot
};

struct Chart {
  std::string id;            // of a-z; unique in the page
  std::string title, words;  // plain text, of ours; `words` tell what is to be seen
  int height = 180;          // of the plot
  std::vector<ValueMark> marks;
  std::string shapes;  // SVG in plot units
};

std::string draw(const Chart& chart, const TimeAxis& axis);

/// A scale from 0 to at least `most`, with round marks: 1, 2 or 5 times a power of ten apart, whole numbers.
struct ValueScale {
  double top = 1;
  int height = 1;
  int above = 0;  // room over its top
  double y(double value) const { return above + height * (1 - value / top); }
};
ValueScale value_scale(std::int64_t most, int height);
std::vector<ValueMark> value_marks(const ValueScale& scale);

/// `1,500`, `20 k`, `3 M`, `2.5 M`
std::string short_count(std::int64_t n);

}  // namespace batchctl::report
