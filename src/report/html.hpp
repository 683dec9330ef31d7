// A run's report as one HTML page that needs nothing else: no script, no address is asked, pictures are inline SVG.
// Pure: the same snapshot and time, the same bytes. Its size hardly depends on the run's.
#pragma once

#include <string>

#include "app/report.hpp"

namespace batchctl::report {

/// `report` with all its chunks and its history.
std::string html(const app::RunReport& report, Instant now);

}  // namespace batchctl::report
