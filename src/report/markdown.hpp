// A run's report as Markdown, in the sections that people keep by hand. Pure: the same snapshot, the same bytes.
#pragma once

#include <string>
#include <string_view>

#include "app/report.hpp"

namespace batchctl::report {

/// `report` with all its chunks. Chunk indexes are those of `status --chunks`, from 0.
std::string markdown(const app::RunReport& report, Instant now);

/// Foreign text inside of a line or a table's cell: on one line, and nothing in it is taken for Markdown or HTML.
std::string escaped(std::string_view text);

}  // namespace batchctl::report
