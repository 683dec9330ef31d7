// How runs stand as metrics: one text that is both Prometheus' text format (0.0.4) and OpenMetrics (1.0), for a file
// that node_exporter's textfile collector reads. Pure.
//
// So that both read it, everything is a gauge (the two spell counters differently, and only one knows state sets), no
// sample has a time of its own, and "# EOF", a comment to the one, ends it for the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/report.hpp"

namespace batchctl::report {

/// `runs` with distinct names; their chunks and history are not needed.
std::string metrics(const std::vector<app::RunReport>& runs, std::string_view version, Instant now);

/// A label's value as both formats escape it, with its quotes.
std::string label_value(std::string_view text);

}  // namespace batchctl::report
