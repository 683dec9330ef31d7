// The pictures of a run: its history drawn. Pure; shapes get their colours from the page's style.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "report/series.hpp"

namespace batchctl::report {

/// Chunks by state over time, piled up.
std::string chunk_picture(const ChunkSeries& series, const TimeAxis& axis);

/// So many jobs are numbered by their chunks; more by their order.
inline constexpr std::size_t kNumberedJobs = 16;
/// A bar a job, or a row for several when there are many.
std::string job_picture(const std::vector<JobBar>& bars, const TimeAxis& axis);

/// Whether the limit is drawn: far above all that was ever held it is only told, for it would flatten the rest.
bool limit_in_sight(std::int64_t limit, const TokenSeries& series);
/// Tokens in flight against the limit, and above them a mark wherever the service refused.
std::string token_picture(const TokenSeries& series, const RefusalSeries& refusals, std::optional<std::int64_t> limit,
                          const TimeAxis& axis);

/// A bar of this share (0 to 1) of its place.
std::string share_bar(double share, std::string_view style);

/// The square in a legend.
std::string swatch(std::string_view style);
/// The limit's line in a legend.
std::string limit_key();

}  // namespace batchctl::report
