// The facts of a run as short phrases, the same wherever they are shown: status, progress, explain, endings.
#pragma once

#include <cstdint>
#include <string>

#include "app/report.hpp"
#include "cli/viewpoint.hpp"

namespace batchctl::cli {

std::int64_t total_of(const ChunkTally& tally);
/// `21 submitted, 133 planned`
std::string chunk_words(const ChunkTally& tally);
/// `21 pending`, or `none yet`
std::string job_words(const JobTally& tally);
/// Of all records, those with an outcome; 0 to 100, and 100 only when none is missing.
int percent_done(const RecordTally& records);
/// Why no job can be created now, and what ends that; lines after the first are further sentences.
std::string pause_words(const plan::Pause& pause, const Viewpoint& view);
/// `$1.20 so far; the whole run is estimated at $9.98 (prices of 2026-08-18)`
std::string cost_words(const app::RunReport& report);
/// `in 3 h 10 min (17:15)`; empty when it is not known.
std::string end_words(const app::RunReport& report, const Viewpoint& view);
/// Whether the driver's mark is one to believe.
bool is_driven(const Run& run, const Viewpoint& view);

}  // namespace batchctl::cli
