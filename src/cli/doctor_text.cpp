#include <fmt/format.h>

#include "base/harmless.hpp"
#include "base/text.hpp"
#include "cli/paint.hpp"
#include "cli/text.hpp"

namespace batchctl::cli {

namespace {

std::string word_of(app::Health health, bool colour) {
  switch (health) {
    case app::Health::well:
      return painted("ok  ", Colour::green, colour);
    case app::Health::unknown:
      return painted("?   ", Colour::yellow, colour);
    case app::Health::ill:
      return painted("ILL ", Colour::red, colour);
  }
  return {};
}

}  // namespace

std::string doctor_text(const std::vector<app::Check>& checks, const Viewpoint& view) {
  std::string text;
  int ill = 0;
  for (const app::Check& check : checks) {
    text +=
        fmt::format("{}{:<10} {}\n", word_of(check.health, view.colour), check.what, harmless(one_line(check.says)));
    if (!check.mend.empty()) text += fmt::format("               mend: {}\n", harmless(one_line(check.mend)));
    if (check.health == app::Health::ill) ++ill;
  }
  return text + (ill == 0 ? "Nothing is ill.\n"
                          : fmt::format("{} to mend.\n", spell_count(static_cast<std::uint64_t>(ill), "thing")));
}

}  // namespace batchctl::cli
