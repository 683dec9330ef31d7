#include "report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/count.hpp"
#include "report/html_text.hpp"

namespace batchctl::report {

namespace {

constexpr int kAbove = 14;  // pixels over the plot, for the topmost letters
constexpr int kBelow = 40;  // and under it: two lines of time

std::string percent(double share) { return fmt::format("{:.2f}%", share * 100); }

/// 1, 2 or 5 times a power of ten, at least `least` and at least 1.
double round_step(double least) {
  double step = 1;
  while (step < least) {
    const double digit = step / std::pow(10, std::floor(std::log10(step) + 1e-9));
    step *= digit > 1.5 && digit < 3 ? 2.5 : 2;
  }
  return step;
}

std::string value_axis(const Chart& chart) {
  std::string text = fmt::format("<svg class=\"axis\" width=\"48\" height=\"{}\" aria-hidden=\"true\">",
                                 chart.height + kAbove + kBelow);
  for (const ValueMark& mark : chart.marks)
    text += fmt::format("<text x=\"42\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", mark.y + kAbove + 4,
                        html_text(mark.text));
  return text + "</svg>";
}

std::string grid(const Chart& chart) {
  std::string text;
  for (const ValueMark& mark : chart.marks)
    if (mark.has_line)
      text += fmt::format("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{0:.1f}\" y2=\"{0:.1f}\"/>",
                          std::round(mark.y) + kAbove + 0.5);
  return text;
}

std::string times(const Chart& chart, const TimeAxis& axis) {
  const int foot = chart.height + kAbove;
  std::string text = fmt::format("<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"{0}.5\" y2=\"{0}.5\"/>", foot);
  int n = 0;
  for (const TimeTick& tick : time_ticks(axis)) {
    // Every other one gives way on a phone.
    const std::string x = percent(axis.share(tick.at));
    text += fmt::format("<g class=\"{}\"><line class=\"base\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>",
                        n++ % 2 == 0 ? "time" : "time more", x, x, foot, foot + 4);
    text += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", x, foot + 17, tick.clock);
    if (!tick.day.empty())
      text += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", x, foot + 31, tick.day);
    text += "</g>";
  }
  return text;
}

}  // namespace

std::string draw(const Chart& chart, const TimeAxis& axis) {
  return fmt::format(
      "<div class=\"plot\">{0}<svg class=\"time-plot\" role=\"img\" aria-labelledby=\"{1}-t {1}-d\" width=\"100%\" "
      "height=\"{2}\"><title id=\"{1}-t\">{3}</title><desc id=\"{1}-d\">{4}</desc>{5}"
      "<svg y=\"{6}\" width=\"100%\" height=\"{7}\" viewBox=\"0 0 {8} {7}\" preserveAspectRatio=\"none\">{9}</svg>{10}"
      "</svg></div>\n",
      value_axis(chart), chart.id, chart.height + kAbove + kBelow, html_text(chart.title), html_text(chart.words),
      grid(chart), kAbove, chart.height, kPlotWidth, chart.shapes, times(chart, axis));
}

ValueScale value_scale(std::int64_t most, int height) {
  return {std::max(static_cast<double>(most), 1.0) * 1.04, height, 0};
}

std::vector<ValueMark> value_marks(const ValueScale& scale) {
  const double step = round_step(scale.top / 4);
  std::vector<ValueMark> marks;
  for (double value = 0; value <= scale.top; value += step)
    marks.push_back({scale.y(value), short_count(std::llround(value)), value > 0});
  return marks;
}

std::string short_count(std::int64_t n) {
  const auto with_unit = [n](double unit, const char* name) {
    const double value = static_cast<double>(n) / unit;
    return value == std::floor(value) ? fmt::format("{:.0f} {}", value, name) : fmt::format("{:.1f} {}", value, name);
  };
  if (n >= 1'000'000'000) return with_unit(1e9, "G");
  if (n >= 1'000'000) return with_unit(1e6, "M");
  if (n >= 10'000) return with_unit(1e3, "k");
  return count(n);
}

}  // namespace batchctl::report
